/** What was said earlier in a session decides about answers that the request alone does not. */
import { describe, expect, it } from 'vitest';
import { c, differences, learnOne, s, seeds, speak, type Protocol, type Spoken } from '../../tests/helpers/sessions.js';

/** A reading room: a shelf is chosen, then pages of it are read; each page is another text. */
const room: Protocol = (dice) => {
  const shelf = dice.pick(['stones', 'rivers', 'stars']);
  const pages: Record<string, readonly string[]> = {
    stones: ['granite is hard', 'slate splits well', 'chalk is soft and white'],
    rivers: ['the source is a spring', 'mills stand here', 'then comes the sea'],
    stars: ['most are far', 'one is near', 'some fall at night in august'],
  };
  const other = (): Spoken[] => (dice.between(0, 1) === 0 ? [c('TIME\r\n'), s('early enough\r\n')] : []);
  const read = (): Spoken[] => {
    const page = dice.between(1, 3);
    return [c(`READ ${page}\r\n`), s(`${pages[shelf]?.[page - 1] ?? ''}\r\n`)];
  };
  return [
    c(`IAM ${dice.text(4, 9)}\r\n`),
    s('come in\r\n'),
    c(`SHELF ${shelf}\r\n`),
    s('here it is\r\n'),
    ...other(),
    ...read(),
    ...other(),
    ...read(),
    c('COUNT\r\n'),
    s(shelf === 'stars' ? 'too many\r\n' : 'three pages\r\n'),
  ];
};

/** A post office: one or two names, then lines that nobody answers, then an answer for each name. */
const post: Protocol = (dice) => {
  const letter = (): Spoken[] => {
    const names = Array.from({ length: dice.between(1, 2) }, () => dice.text(4, 9));
    const lines = Array.from({ length: dice.between(1, 7) }, () => c(`${dice.text(3, 20)} ${dice.text(3, 20)}\r\n`));
    return [
      c(`FROM ${dice.text(4, 9)}\r\n`),
      s('who for?\r\n'),
      ...names.flatMap((name) => [c(`FOR ${name}\r\n`), s('good\r\n')]),
      c('TEXT\r\n'),
      s('go on\r\n'),
      ...lines,
      c('.\r\n'),
      s(names.map((name) => `kept for ${name}\r\n`).join('')),
    ];
  };
  return [s('post office\r\n'), ...letter(), ...(dice.between(0, 2) === 0 ? letter() : [])];
};

describe('an answer depends on', () => {
  it.each(seeds())('what was chosen earlier in the session (seed %i)', (seed) => {
    expect(differences(learnOne(speak(room, 60, seed)), speak(room, 30, seed + 100))).toEqual([]);
  });

  it.each(seeds())('what was said before lines that nobody answered (seed %i)', (seed) => {
    expect(differences(learnOne(speak(post, 50, seed)), speak(post, 20, seed + 100))).toEqual([]);
  });
});
