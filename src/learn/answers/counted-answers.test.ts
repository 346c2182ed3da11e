/** A number that the server counts for all, with a value of one letter behind it: in an answer that few samples have, too. */
import { describe, expect, it } from 'vitest';
import { Caller, c, Dice, learnOne, record, s, seeds } from '../../../tests/helpers/sessions.js';

describe('a number that goes on with every answer', () => {
  it.each(seeds())('is a new one in an answer seldom given, and what stands behind it is told (seed %i)', (seed) => {
    const dice = new Dice(seed);
    let number = 71_234;
    const head = (kind: string, mode: string) => `${kind}|${dice.text(4, 9)}|${mode}|2.5`;
    const told = (kind: string, asked: string) => {
      const [, sender = '', mode = ''] = asked.split('|');
      number += dice.between(1, 40);
      return `MSH|HIS|${sender}|${kind}|HIS${number}|${mode}|2.5\rMSA|${kind === 'ACK' ? 'AA' : 'OK, found it'}\r`;
    };
    const model = learnOne(
      Array.from({ length: 60 }, (_, i) => {
        const [put, get] = [
          head('PUT', dice.pick(['P', 'P', 'T'])),
          head('GET', ['P', 'T'][Math.floor(i / 6) % 2] ?? ''),
        ];
        const asked = [c(`\x0b${put}\r`), s(told('ACK', put))];
        return record(i, i % 6 === 0 ? [...asked, c(`\x0b${get}\r`), s(told('RSP', get))] : asked);
      }),
    );
    for (const mode of ['P', 'T']) {
      const numbers = Array.from({ length: 4 }, (_, i) => {
        const caller = new Caller(model, { seed: seed * 10 + i });
        caller.say('\x0bPUT|heron|P|2.5\r');
        const said = caller.say(`\x0bGET|petrel|${mode}|2.5\r`);
        expect(said.replace(/HIS7\d{4}/, 'HIS#')).toBe(`MSH|HIS|petrel|RSP|HIS#|${mode}|2.5\rMSA|OK, found it\r`);
        return /HIS(\d+)/.exec(said)?.[1];
      });
      expect(new Set(numbers).size).toBeGreaterThan(1);
    }
  });
});
