/** Numbers that count on from what was said before. */
import { describe, expect, it } from 'vitest';
import { c, Caller, type Dice, learnOne, s, seeds, speak } from '../../../tests/helpers/sessions.js';

/** The server counts all letters that it takes, of everybody; how many lines stand between two of one client varies. */
const counting = () => {
  let count = 0;
  return (dice: Dice) => {
    count += dice.between(1, 30);
    const idle = () => Array.from({ length: dice.between(0, 4) }, () => [c('NOOP\r\n'), s('250 idle\r\n')]).flat();
    const letters = Array.from({ length: dice.between(1, 3) }, () => [
      ...idle(),
      c(`SEND ${dice.text(3, 9)}\r\n`),
      s(`225-${++count}\r\n225 taken\r\n`),
    ]);
    return [c('HELO\r\n'), s('250 welcome\r\n'), ...letters.flat(), c('QUIT\r\n'), s('221 bye\r\n')];
  };
};

describe('a number that counts on', () => {
  it.each(seeds())('goes on in a session from where it was, whatever stands between (seed %i)', (seed) => {
    const caller = new Caller(learnOne(speak(counting(), 50, seed)));
    caller.say('HELO\r\n');
    const numberIn = (text: string) => Number(/^225-(\d+)\r\n225 taken\r\n$/.exec(text)?.[1]);
    const first = numberIn(caller.say('SEND pelican\r\n'));
    expect(first).toBeGreaterThan(0);
    caller.say('NOOP\r\n');
    caller.say('NOOP\r\n');
    expect(numberIn(caller.say('SEND stork\r\n'))).toBe(first + 1);
    expect(numberIn(caller.say('SEND heron\r\n'))).toBe(first + 2);
  });
});
