/** Requests whose answers look alike, though what stands in them comes from elsewhere for each. */
import { describe, expect, it } from 'vitest';
import {
  Caller,
  c,
  differences,
  learnOne,
  s,
  seeds,
  speak,
  type Protocol,
  type Spoken,
} from '../../tests/helpers/sessions.js';

/** A board game's console: commands of all kinds behind a number, answers of one form. */
const console: Protocol = (dice) => {
  let number = dice.between(100, 8000);
  const say = (command: string, answer: string): Spoken[] => {
    number++;
    return [c(`${number} ${command}\n`), s(`=${number} ${answer}\n\n`)];
  };
  const at = `${dice.text(1, 1, 'ABCDEFGH')}${dice.between(1, 19)}`;
  const size = dice.between(5, 25);
  const does = dice.between(1, 4);
  if (does === 1) return [...say('name', 'Board'), ...say('version', '3.8'), ...say('protocol', '2')];
  if (does === 2) return [...say(`size ${size}`, ''), ...say('how large', `${size}`), ...say('clear', '')];
  return [
    ...say(`size ${size}`, ''),
    ...say(`put ${at}`, ''),
    ...say('where last', at),
    ...say('undo', ''),
    ...say('version', '3.8'),
  ];
};

describe('commands whose answers look alike', () => {
  it.each(seeds())('are each answered by what they ask for (seed %i)', (seed) => {
    expect(differences(learnOne(speak(console, 60, seed)), speak(console, 30, seed + 50))).toEqual([]);
  });

  it.each(seeds())('in any order (seed %i)', (seed) => {
    const caller = new Caller(learnOne(speak(console, 60, seed)));
    expect(caller.say('4711 version\n')).toBe('=4711 3.8\n\n');
    expect(caller.say('4712 size 19\n')).toBe('=4712 \n\n');
    expect(caller.say('4713 put K10\n')).toBe('=4713 \n\n');
    expect(caller.say('4714 where last\n')).toBe('=4714 K10\n\n');
    expect(caller.say('4715 name\n')).toBe('=4715 Board\n\n');
  });
});
