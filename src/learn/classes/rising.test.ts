/** Numbers of which a short capture shows only the lower bytes at work. */
import { describe, expect, it } from 'vitest';
import { concat, toLatin1 } from '../../bytes/bytes.js';
import { big, c, Caller, Dice, learnOne, little, record, s, seeds } from '../../../tests/helpers/sessions.js';

type Write = (value: number, width: number) => Uint8Array;

/** Calls with a number that counts them, and the number of a process; both go on from session to session. */
function recorded(write: Write, seed: number) {
  const dice = new Dice(seed);
  let [call, process] = [0x091f_4000, 0x002f_4e00];
  return Array.from({ length: 30 }, (_, i) => {
    process += dice.between(1, 60);
    const talk = Array.from({ length: 4 }, () => spoken(write, (call += dice.between(1, 9)), process, dice));
    return record(i, talk.flat());
  });
}

function asked(write: Write, call: number, process: number, operation: number, rest: Uint8Array) {
  return concat([write(call, 4), big(2, 4), big(0x1c, 4), write(process, 4), big(operation, 4), rest]);
}

function spoken(write: Write, call: number, process: number, dice: Dice) {
  const [operation, rest] = [dice.pick([0x19, 0x26, 0x0f]), dice.bytes(4)];
  return [c(asked(write, call, process, operation, rest)), s(write(call, 4), big(1, 4), big(operation * 3, 4), rest)];
}

describe.each([
  ['big', big],
  ['little', little],
] as const)('numbers that rise with the time, %s end first', (_, write) => {
  it.each(seeds())('are others next week, and the request is known all the same (seed %i)', (seed) => {
    const service = learnOne(recorded(write, seed));
    const [call, process, rest] = [0x2b00_1234, 0x0117_0a0b, new Dice(seed + 9).bytes(4)];
    for (const operation of [0x19, 0x26, 0x0f]) {
      const heard = new Caller(service).send(asked(write, call, process, operation, rest));
      expect(heard.notes.map(({ kind }) => kind)).toEqual(['answered']);
      expect(heard.text).toBe(toLatin1(concat([write(call, 4), big(1, 4), big(operation * 3, 4), rest])));
    }
  });

  it('but a code that all requests begin with is no part of them', () => {
    const service = learnOne(recorded(write, 4));
    const request = asked(write, 0x2b00_1234, 0x0117_0a0b, 0x19, big(7, 4));
    request[7] = 3;
    expect(new Caller(service).send(request).notes.map(({ kind }) => kind)).not.toEqual(['answered']);
  });
});
