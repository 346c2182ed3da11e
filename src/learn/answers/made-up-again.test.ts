/** A number that the server makes up, or that goes one way through the recording, told twice in one answer in two writings. */
import { describe, expect, it } from 'vitest';
import { c, Caller, Dice, learnOne, record, rulesOf, s, seeds } from '../../../tests/helpers/sessions.js';

const filled = (number: number, width: number) => String(number).padStart(width, '0');

/** Sessions in which the server tells how long it has been there, one a while after the other. */
function visits(seed: number, write: (number: number) => string) {
  const dice = new Dice(seed);
  let seconds = dice.between(1, 3);
  return Array.from({ length: 12 }, (_, id) => {
    seconds += dice.between(0, 3);
    return record(id, [c('how long?\r\n'), s(`${write(seconds)}\r\nload ${dice.text(2, 14)}\r\n`)], {
      start: 1.7e12 + 1000 * seconds + 90 * id,
    });
  });
}

describe('a count that goes one way, told twice in one answer', () => {
  const writings: Record<string, [(number: number) => string, RegExp]> = {
    'filled up first': [(n) => `up 0h00m${filled(n, 2)}s\r\nseconds: ${n}\r\nbye`, /m(\d\d)s\r\nseconds: (\d+)\r/],
    'filled up then': [(n) => `seconds: ${n}\r\nup 0h00m${filled(n, 2)}s\r\nbye`, /: (\d+)\r\nup 0h00m(\d\d)s/],
  };

  describe.each(Object.entries(writings))('%s', (_, [write, form]) => {
    it.each(seeds())('is one number (%i)', (seed) => {
      const service = learnOne(visits(seed, write));
      for (let session = 0; session < 12; session++) {
        const [, one = '', other = ''] = form.exec(new Caller(service, { seed: session }).say('how long?\r\n')) ?? [];
        expect(one).toMatch(/\d/);
        expect(Number(one)).toBe(Number(other));
      }
    });
  });
});

it.each(seeds())('a number that is written in one way neither time is another one (%i)', (seed) => {
  const uneven = (n: number) => (n % 2 === 0 ? filled(n, 4) : filled(n, 3));
  const service = learnOne(visits(seed, (n) => `up ${filled(n, 2)} or ${uneven(n)}!`));
  expect(rulesOf(service).filter((rule) => rule.kind === 'made up' && rule.add === 0)).toEqual([]);
});
