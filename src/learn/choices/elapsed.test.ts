/** Answers that depend on how long ago the same thing was asked for. */
import { describe, expect, it } from 'vitest';
import { Caller, c, learnOne, s, seeds, speak, type Protocol, type Spoken } from '../../../tests/helpers/sessions.js';

const ask = (name: string, isLetIn: boolean, after: number): Spoken[] => [
  { ...c(`admit ${name} please\r\n`), after },
  s(isLetIn ? 'welcome\r\n' : 'come back later\r\n'),
];

/** Who comes back too soon is sent away again. */
const gate: Protocol = (dice) => {
  const name = dice.text(5, 12);
  const soon = dice.between(1, 3) === 1;
  return [...ask(name, false, 0), ...ask(name, !soon, soon ? dice.between(0, 100) / 1000 : dice.between(20, 40) / 10)];
};

/** Whoever comes back is let in, whenever it is. */
const door: Protocol = (dice) => {
  const name = dice.text(5, 12);
  return [...ask(name, false, 0), ...ask(name, true, dice.pick([0, 0.05, 3, 4]))];
};

/** What is said to somebody who comes back after so many milliseconds. */
function later(protocol: Protocol, seed: number, wait: number): string {
  const caller = new Caller(learnOne(speak(protocol, 40, seed)));
  expect(caller.say('admit stranger please\r\n')).toBe('come back later\r\n');
  caller.now += wait;
  return caller.say('admit stranger please\r\n');
}

describe('a gate that lets in who waited', () => {
  it.each(seeds())('sends away who comes back at once, and lets in who comes back late (seed %i)', (seed) => {
    expect(later(gate, seed, 10)).toBe('come back later\r\n');
    expect(later(gate, seed, 3000)).toBe('welcome\r\n');
  });

  it.each(seeds())('is none where time decides nothing (seed %i)', (seed) => {
    expect(JSON.stringify(learnOne(speak(door, 40, seed)))).not.toContain('"within"');
    expect(later(door, seed, 10)).toBe('welcome\r\n');
    expect(later(door, seed, 3000)).toBe('welcome\r\n');
  });

  it.each(seeds())('is none where the server takes its time with some answers (seed %i)', (seed) => {
    const slow: Protocol = (dice) => {
      const name = dice.text(5, 12);
      const isKnown = dice.between(0, 4) > 0;
      const enter = c(`enter ${name} by ${isKnown ? 'the usual word' : dice.text(5, 9)}\r\n`);
      const answer = isKnown ? s('come in\r\n') : { ...s('who are you?\r\n'), after: dice.between(20, 30) / 10 };
      return [...ask(name, false, 0), enter, answer];
    };
    expect(JSON.stringify(learnOne(speak(slow, 40, seed)))).not.toContain('"within"');
  });
});
