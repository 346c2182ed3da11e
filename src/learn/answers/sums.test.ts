/** Numbers that two numbers said before make together, and numbers that nothing makes. */
import { describe, expect, it } from 'vitest';
import {
  c,
  differences,
  kindsOf,
  learnOne,
  s,
  seeds,
  speak,
  type Protocol,
  type Spoken,
} from '../../../tests/helpers/sessions.js';

/** A till: something is put in, then more is added or taken away. */
const till: Protocol = (dice) => {
  const name = dice.text(4, 9);
  let sum = dice.between(100, 900);
  const begin = [c(`put ${name} ${sum}\r\n`), s('fine\r\n')];
  const change = (verb: string, sign: number): Spoken[] => {
    // odd: what is added is never twice what is taken, where another sum would come to the same
    const by = 2 * dice.between(1, 30) + 1;
    sum += sign * by;
    return [c(`${verb} ${name} ${by}\r\n`), s(`${sum}\r\n`)];
  };
  return [...begin, ...change('add', 1), ...(dice.between(0, 1) === 0 ? change('take', -1) : [])];
};

/** The same with amounts: hundredths behind a point, which what is before the point has to be carried from. */
const account: Protocol = (dice) => {
  const amount = (n: number) => `${Math.floor(n / 100)}.${String(n % 100).padStart(2, '0')}`;
  const [first, second, third] = [dice.between(100, 90000), dice.between(100, 90000), dice.between(100, 9000)];
  const talk = [
    c(`pay ${amount(first)} for ${dice.text(3, 9)}\r\n`),
    s(`#1 balance ${amount(first)} EUR\r\n`),
    c(`pay ${amount(second)} for ${dice.text(3, 9)}\r\n`),
    s(`#2 balance ${amount(first + second)} EUR\r\n`),
  ];
  if (dice.between(0, 1) === 0) return talk;
  const over = first + second + third;
  return [...talk, c(`draw ${amount(over)}\r\n`), s(`short by ${amount(third)} EUR\r\n`)];
};

describe('a sum', () => {
  it.each(seeds())('of amounts with hundredths is carried over the point (seed %i)', (seed) => {
    expect(differences(learnOne(speak(account, 40, seed)), speak(account, 30, seed + 100))).toEqual([]);
  });

  it.each(seeds())('of what was there and what comes to it, or goes from it (seed %i)', (seed) => {
    expect(differences(learnOne(speak(till, 40, seed)), speak(till, 30, seed + 100))).toEqual([]);
  });

  it.each(seeds())('is not found where there is none (seed %i)', (seed) => {
    const protocol: Protocol = (dice) => {
      const number = () => dice.between(10, 9000);
      return [
        c(`ask ${number()} ${number()}\r\n`),
        s(`${number()} and ${number()}\r\n`),
        c(`now ${number()}\r\n`),
        s(`${number()}\r\n`),
      ];
    };
    expect(kindsOf(learnOne(speak(protocol, 25, seed))).has('sum')).toBe(false);
  });
});
