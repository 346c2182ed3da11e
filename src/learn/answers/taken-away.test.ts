/** Things that much is said about, each time in another way; what was taken away is not there a second time. */
import { expect, it } from 'vitest';
import { c, differences, learnOne, s, seeds, speak, type Protocol } from '../../../tests/helpers/sessions.js';

const WORDS = ['put', 'paint', 'weigh', 'move', 'turn', 'clean', 'label'];

const shelves: Protocol = (dice) => {
  const names = [dice.text(5, 9), dice.text(5, 9), dice.text(5, 9)];
  const about = (name: string) =>
    WORDS.flatMap((word) => [c(`${word} ${name} ${dice.text(3, 8)}\r\n`), s(`done: ${word}\r\n`)]);
  const gone = new Set<string>();
  const drops = Array.from({ length: dice.between(2, 6) }, () => {
    const name = dice.pick(names);
    const answer = gone.has(name) ? 'no such thing' : 'gone';
    gone.add(name);
    return [c(`drop ${name}\r\n`), s(`${answer}\r\n`)];
  });
  return [...names.flatMap(about), ...drops.flat()];
};

it.each(seeds())('what was taken away is known by that, however much else was said about it (seed %i)', (seed) => {
  expect(differences(learnOne(speak(shelves, 40, seed)), speak(shelves, 30, seed + 100))).toEqual([]);
});
