/** What stands right behind bytes that the server makes up, on a protocol made up. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import { Caller, Dice, c, learnOne, s, speak, type Protocol } from '../../../tests/helpers/sessions.js';

describe('a number that was said, right behind bytes that the server makes up', () => {
  it('is told, however many these are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 999 }), (width, seed) => {
        const asking: Protocol = (dice: Dice) => {
          const number = dice.bytes(3);
          const made = dice.bytes(width);
          return [
            c(concat([fromLatin1('put '), number])),
            s(concat([fromLatin1('at '), made, number, fromLatin1(' it is')])),
          ];
        };
        const service = learnOne(speak(asking, 40, seed));
        const number = fromLatin1('\xf3\x81\xee');
        const given = new Caller(service).say(concat([fromLatin1('put '), number]));
        expect(given.slice(3 + width)).toBe(`${toLatin1(number)} it is`);
      }),
      { numRuns: 10 },
    );
  });
});
