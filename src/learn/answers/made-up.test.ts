/** Values that the server makes up: numbers stay within what was seen, and other values are of any bytes. */
import { describe, expect, it } from 'vitest';
import {
  big,
  c,
  Caller,
  Dice,
  learnOne,
  little,
  rulesOf,
  s,
  seeds,
  speak,
  type Protocol,
} from '../../../tests/helpers/sessions.js';

const asked =
  (answer: (dice: Dice) => Uint8Array | string): Protocol =>
  (dice) => [c('HOW LONG?\r\n'), s('wait ', answer(dice), ' seconds\r\n')];

const madeUp = (answer: (dice: Dice) => Uint8Array | string, seed: number) => {
  const service = learnOne(speak(asked(answer), 30, seed));
  const answers = Array.from({ length: 60 }, (_, i) => new Caller(service, { seed: i }).send('HOW LONG?\r\n').text);
  return { answers, rules: rulesOf(service).filter(({ kind }) => kind === 'made up') };
};

describe('numbers that the server makes up', () => {
  it.each(seeds())('have no zero before them, and are as great as those seen (seed %i)', (seed) => {
    const { answers, rules } = madeUp((dice) => String(dice.between(60, 1400)), seed);
    expect(rules).toHaveLength(1);
    for (const answer of answers) expect(answer).toMatch(/^wait [1-9][0-9]{1,3} seconds\r\n$/);
    const numbers = answers.map((answer) => Number(/[0-9]+/.exec(answer)?.[0]));
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(60);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(1400);
    expect(new Set(numbers).size).toBeGreaterThan(30);
  });

  it.each([big, little])('in binary too', (write) => {
    const { answers } = madeUp((dice) => write(dice.between(0x2200, 0x6f00), 3), 4);
    for (const answer of answers) {
      const bytes = [5, 6, 7].map((at) => answer.charCodeAt(at));
      const number = (write === big ? bytes : bytes.reverse()).reduce((sum, byte) => sum * 256 + byte, 0);
      expect(number).toBeGreaterThanOrEqual(0x2200);
      expect(number).toBeLessThanOrEqual(0x6f00);
    }
    expect(new Set(answers).size).toBeGreaterThan(30);
  });

  it('but what takes any value has no range, and digits that begin with a zero stay digits', () => {
    expect(madeUp((dice) => dice.bytes(4), 5).rules).toMatchObject([{ min: 4, max: 4 }]);
    expect(madeUp((dice) => dice.bytes(4), 5).rules[0]).not.toHaveProperty('within');
    expect(madeUp((dice) => dice.text(8, 8, '0123456789'), 6).rules[0]).not.toHaveProperty('within');
  });
});

describe('a value that is made up once for several places of an answer', () => {
  it.each(seeds())('is the same in all of them, and another one beside it is not (seed %i)', (seed) => {
    const protocol: Protocol = (dice) => {
      const [index, other] = [dice.between(4, 5000), dice.between(4, 5000)];
      return [c('PUT IT\r\n'), s(`index ${index}, term ${other}\r\n`, `created ${index}, changed ${index}.\r\n`)];
    };
    const service = learnOne(speak(protocol, 30, seed));
    const answers = Array.from({ length: 20 }, (_, i) => new Caller(service, { seed: i }).send('PUT IT\r\n').text);
    for (const answer of answers)
      expect(answer).toMatch(/^index (\d+), term (?!\1,)\d+\r\ncreated \1, changed \1\.\r\n$/);
    expect(new Set(answers).size).toBeGreaterThan(15);
  });
});
