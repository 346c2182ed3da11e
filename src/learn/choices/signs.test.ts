/** A sign that stands anywhere in a text decides what is said of the text. */
import { describe, expect, it } from 'vitest';
import { concat } from '../../bytes/bytes.js';
import { big, bytesOf, Caller, c, Dice, learnOne, s, seeds, speak } from '../../../tests/helpers/sessions.js';

const WORDS = 'amber basil cedar dahlia elm fern ginger hazel iris jasmine kale laurel maple nettle oak pine'.split(
  ' ',
);
const OTHERS = 'agate beryl chalk flint garnet jade marble onyx opal pearl pumice quartz ruby slate topaz'.split(' ');
const SIGNS: Readonly<Record<string, string>> = {
  '': 'clean',
  'GORGON-EGG-77': 'gorgon found',
  'chimera tail 20': 'chimera found',
};

const written = (dice: Dice, from: readonly string[], sign: string) => {
  const some = () => Array.from({ length: dice.between(1, 18) }, () => dice.pick([...from])).join(' ');
  return `${some()} ${sign} ${some()}\n`;
};
const scan = (text: string): Uint8Array => concat(['zSCAN\0', big(text.length, 4), text, '\0\0\0\0'].map(bytesOf));

const scanner = (dice: Dice) => {
  if (dice.between(0, 2) === 0) return [c(`z${dice.text(5, 9).toUpperCase()}\0`), s('what?\0')];
  const sign = dice.pick(['', ...Object.keys(SIGNS)]);
  return [c(scan(written(dice, WORDS, sign))), s(`text: ${SIGNS[sign] ?? ''}\0`)];
};

describe('a sign in a text', () => {
  it.each(seeds())('decides, wherever it stands and whatever stands around it (seed %i)', (seed) => {
    const service = learnOne(speak(scanner, 80, seed));
    const dice = new Dice(seed + 100);
    const right = Array.from({ length: 20 }, () => dice.pick(Object.keys(SIGNS))).filter((sign) => {
      const caller = new Caller(service);
      const said = caller.say(scan(written(dice, OTHERS, sign)));
      return (said || caller.silence().text) === `text: ${SIGNS[sign] ?? ''}\0`;
    });
    expect(right.length).toBeGreaterThanOrEqual(18);
  });
});
