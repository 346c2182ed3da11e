/** Values that the server makes up: numbers stay within what was seen, and other values are of any bytes. */
import { describe, expect, it } from 'vitest';
import {
  big,
  c,
  Caller,
  Dice,
  learnOne,
  record,
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

describe('identifiers of which some digits hardly change', () => {
  it.each(seeds())('are made up all the same, with few samples too (seed %i)', (seed) => {
    const hex = (value: number, width: number) => value.toString(16).toUpperCase().padStart(width, '0');
    const queued = (dice: Dice) =>
      hex(dice.between(0, 2 ** 20 - 1), 5) + hex(dice.pick([0x4ba8000, 0x5ac3000]) + dice.between(0, 4000), 7);
    const service = learnOne(
      speak((dice) => [c('DATA ', dice.text(4, 9), '\r\n'), s('queued as ', queued(dice), '\r\n')], 9, seed),
    );
    const answers = Array.from({ length: 20 }, (_, i) => new Caller(service, { seed: i }).send('DATA other\r\n').text);
    for (const answer of answers) expect(answer).toMatch(/^queued as [0-9A-F]{12}\r\n$/);
    expect(new Set(answers).size).toBe(20);
  });
});

describe('an identifier of an answer that was given once', () => {
  const id = (dice: Dice) => dice.text(12, 12, '0123456789ABCDEF');
  const once = (request: string) => [
    record(98, [c(request), s('done at once, queued as 7B6B14BA7F73\r\n')]),
    ...speak((dice) => [c('DATA ', dice.text(4, 9), '\r\n'), s('put last and queued as ', id(dice), '\r\n')], 9, 1),
  ];
  const service = learnOne(once('NOW\r\n'));

  it('is made up, where those of other answers behind the same words are', () => {
    const answers = Array.from({ length: 20 }, (_, i) => new Caller(service, { seed: i }).send('NOW\r\n').text);
    for (const answer of answers) expect(answer).toMatch(/^done at once, queued as [0-9A-F]{12}\r\n$/);
    expect(new Set(answers).size).toBe(20);
  });

  it('stays as it is, where nothing is to be made up', () => {
    const plain = learnOne(once('NOW\r\n'), { without: 'made-up' });
    expect(rulesOf(plain).filter(({ kind }) => kind === 'made up')).toEqual([]);
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

describe('binary numbers that go one way through the recording', () => {
  const asked = (numbers: readonly number[], width: number) =>
    learnOne(
      numbers.map((number, id) =>
        record(id, [c('HOW MANY?\r\n'), s('\x00now ', little(number, width), '\x00 are free')]),
      ),
    );
  const steps = (dice: Dice, step: () => number) => {
    let number = dice.between(20, 40);
    return Array.from({ length: 24 }, () => (number += step()));
  };
  const told = (service: ReturnType<typeof asked>, later: number) => {
    const caller = new Caller(service, { seed: 7 + later });
    caller.now += later;
    return caller.say('HOW MANY?\r\n');
  };

  it.each(seeds())('are told within the range that they went, another one to each session (%i)', (seed) => {
    const dice = new Dice(seed);
    const numbers = steps(dice, () => dice.between(1, 3));
    const service = asked(numbers, 1);
    const answers = Array.from({ length: 40 }, (_, i) => told(service, i));
    const given = answers.map((answer) => answer.charCodeAt(5));
    expect(new Set(given).size).toBeGreaterThan(10);
    expect(Math.min(...given)).toBeGreaterThanOrEqual(numbers[0] ?? 0);
    expect(Math.max(...given)).toBeLessThanOrEqual(numbers.at(-1) ?? 0);
  });

  it.each(seeds())('are the same for a while where they were (%i)', (seed) => {
    const dice = new Dice(seed);
    const numbers = steps(dice, () => (dice.between(1, 3) === 1 ? dice.between(1, 80) : 0)).map((n) => 3000 - n);
    const service = asked(numbers, 2);
    expect(rulesOf(service)).toMatchObject([{ kind: 'made up', hold: expect.any(Number) as number }]);
    expect(told(service, 0)).toBe(told(service, 1));
    expect(new Set(Array.from({ length: 20 }, (_, day) => told(service, day * 86_400_000))).size).toBeGreaterThan(3);
  });

  it.each(seeds())('are digits where all were, in a short recording of a clock in words (%i)', (seed) => {
    const dice = new Dice(seed);
    const numbers = steps(dice, () => dice.between(0, 2)).map((n) => n - 20);
    const service = learnOne(
      numbers.map((n, id) => record(id, [c('SINCE?\r\n'), s(`up 0d 0h00m${String(n).padStart(2, '0')}s\r\n`)])),
    );
    for (let day = 0; day < 20; day++) {
      const caller = new Caller(service, { seed: day });
      caller.now += day * 86_400_000;
      expect(caller.say('SINCE?\r\n')).toMatch(/^up 0d 0h00m\d\ds\r\n$/);
    }
  });

  it.each(seeds())('are those seen, where they go up and down (%i)', (seed) => {
    const dice = new Dice(seed);
    const service = asked(
      steps(dice, () => 0).map((n) => n + dice.between(0, 7)),
      1,
    );
    expect(rulesOf(service).filter(({ kind }) => kind === 'made up')).toEqual([]);
  });
});

describe('identifiers in parts', () => {
  const hex = '0123456789abcdef';
  const uuid = (dice: Dice) =>
    `${dice.text(8, 8, hex)}-${dice.text(4, 4, hex)}-4${dice.text(3, 3, hex)}-${dice.text(1, 1, '89ab')}${dice.text(3, 3, hex)}-${dice.text(12, 12, hex)}`;

  it.each(seeds())('keep their signs, and the digits that say of what kind they are (seed %i)', (seed) => {
    const { answers } = madeUp(uuid, seed);
    for (const answer of answers)
      expect(answer).toMatch(/^wait [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12} seconds\r\n$/);
    expect(new Set(answers).size).toBe(60);
  });

  it.each(seeds())('have no signs where they stand anywhere (seed %i)', (seed) => {
    const { rules } = madeUp((dice) => dice.text(20, 20, `${hex}-`), seed);
    expect(rules).toHaveLength(1);
    expect(rules[0]).not.toHaveProperty('form');
  });
});
