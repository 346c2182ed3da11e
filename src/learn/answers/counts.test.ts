/** How many items the client said: learned, right for requests of more items than any seen, and not found where nothing is counted. */
import { describe, expect, it } from 'vitest';
import {
  big,
  c,
  differences,
  kindsOf,
  learnOne,
  rulesOf,
  s,
  seeds,
  speak,
  type Dice,
  type Protocol,
} from '../../../tests/helpers/sessions.js';

const some = <T>(dice: Dice, least: number, most: number, item: () => T): T[] =>
  Array.from({ length: dice.between(least, most) }, item);

/** Items with up to `most` of them; the tests ask about more than training had. */
const counted: Readonly<Record<string, (most: number) => Protocol>> = {
  'pairs of a line': (most) => (dice) => {
    const pairs = some(dice, 2, most, () => `${dice.between(100, 99999)}:${dice.between(0, 900)}`);
    return [c(`update ${dice.text(4, 9)} ${pairs.join(' ')}\n`), s(`0 errors, enqueued ${pairs.length} value(s).\n`)];
  },
  'words of a line, in hexadecimal': (most) => (dice) => {
    const words = some(dice, 1, 3 * most, () => dice.text(2, 7));
    return [c(`push ${words.join(' ')}\r\n`), s(`{${words.length.toString(16)}}\r\n`)];
  },
  'repeated elements': (most) => (dice) => {
    const items = some(dice, 1, most, () => `<item>${dice.text(3, 12)}</item>`);
    return [c(`<put><of>${dice.text(3, 8)}</of>${items.join('')}</put>`), s(`<put>${items.length}</put>`)];
  },
  'words, in four bytes': (most) => (dice) => {
    const words = some(dice, 1, most, () => dice.text(2, 7));
    return [c(`\x01push ${words.join(',')};`), s('\x01\x02', big(words.length, 4), 'ok')];
  },
};

describe.each(Object.entries(counted))('a number of %s', (_, protocol) => {
  it.each(seeds())('is learned (%i)', (seed) => {
    const service = learnOne(speak(protocol(6), 40, seed));
    expect(differences(service, speak(protocol(9), 30, seed + 500)).slice(0, 3)).toEqual([]);
    expect(kindsOf(service)).toContain('count');
  });
});

describe('where nothing is counted', () => {
  const none: Readonly<Record<string, Protocol>> = {
    'numbers of their own': (dice) => [
      c(`push ${some(dice, 1, 7, () => dice.text(2, 7)).join(' ')}\r\n`),
      s(`at ${dice.between(1, 7)}\r\n`),
    ],
    'bytes of their own': (dice) => [
      c(`push ${some(dice, 1, 7, () => dice.text(2, 7)).join(' ')}\r\n`),
      s('\x01', big(dice.between(1, 7), 2), 'ok'),
    ],
  };

  it.each(Object.entries(none).flatMap(([name, protocol]) => seeds().map((seed) => ({ name, protocol, seed }))))(
    'nothing is found: $name ($seed)',
    ({ protocol, seed }) => {
      const kinds = rulesOf(learnOne(speak(protocol, 25, seed))).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'count')).toEqual([]);
    },
  );
});
