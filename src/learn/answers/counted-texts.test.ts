/** Numbers that a server of texts counts for itself, over all its sessions, and tells with a sign behind them. */
import { describe, expect, it } from 'vitest';
import { c, Caller, Dice, learnOne, record, s, seeds } from '../../../tests/helpers/sessions.js';

const KINDS = ['ADT', 'ORM', 'QBP'];

/** Sessions of a few messages; each answer has a number of its own, one more than the last one, and the sender's mode behind it. */
function recorded(seed: number) {
  const dice = new Dice(seed);
  let number = 70_000;
  return Array.from({ length: 60 }, (_, i) => {
    const talk = Array.from({ length: dice.between(1, 3) }, () => {
      const [who, kind, mode] = [dice.text(4, 8), dice.pick(KINDS), dice.pick(['P', 'T'])];
      number++;
      return [
        c(`\x0b${who}|${kind}|${mode}|2.5\r\x1c\r`),
        s(`\x0bHIS|${who}|ACK|HIS${number}|${mode}|2.5\rMSA|AA|${kind}\r\x1c\r`),
      ];
    });
    return record(i, talk.flat());
  });
}

describe('a number that the server counts, between signs of a text', () => {
  it.each(seeds(5))('stays a number, and the next one in a session is another (seed %i)', (seed) => {
    const service = learnOne(recorded(seed));
    const dice = new Dice(seed + 77);
    for (let session = 0; session < 6; session++) {
      const caller = new Caller(service, { seed: session });
      const numbers = Array.from({ length: 3 }, () => {
        const [who, kind, mode] = [dice.text(4, 8), dice.pick(KINDS), dice.pick(['P', 'T'])];
        const told = caller.say(`\x0b${who}|${kind}|${mode}|2.5\r\x1c\r`);
        expect(told).toMatch(
          new RegExp(`^\x0bHIS\\|${who}\\|ACK\\|HIS7\\d{4}\\|${mode}\\|2\\.5\rMSA\\|AA\\|${kind}\r\x1c\r$`),
        );
        return /HIS(\d{5})/.exec(told)?.[1];
      });
      expect(Number(numbers[1])).toBe(Number(numbers[0]) + 1);
      expect(Number(numbers[2])).toBe(Number(numbers[1]) + 1);
    }
  });
});

describe('a number of a process that rises, in hexadecimal digits', () => {
  it.each(seeds())('has no other signs than those (seed %i)', (seed) => {
    const dice = new Dice(seed);
    let process = 0x7430;
    const sessions = Array.from({ length: 24 }, (_, i) => {
      process += dice.between(1, 9);
      const told = `thread:p${process.toString(16)};core:${dice.pick(['0', '1'])};`;
      return record(i, [c(`?${dice.text(2, 5)}\n`), s(told)]);
    });
    const service = learnOne(sessions);
    for (let client = 0; client < 8; client++)
      expect(new Caller(service, { seed: client }).say('?abc\n')).toMatch(/^thread:p74[0-9a-f]{2};core:[01];$/);
  });
});
