/** The same bytes again and again, as many as were asked for: empty blocks, blank rectangles. */
import { describe, expect, it } from 'vitest';
import {
  big,
  c,
  differences,
  kindsOf,
  learnOne,
  record,
  s,
  seeds,
  speak,
  type Protocol,
} from '../../../tests/helpers/sessions.js';

/** A disk on which nothing was ever written: a handle, an offset, how many blocks. */
const disk: Protocol = (dice) => {
  const handle = big(dice.between(0, 2 ** 31), 4);
  const blocks = dice.between(1, 9);
  return [
    c('RD', handle, big(512 * dice.between(0, 900), 4), big(blocks, 2)),
    s('OK', handle, '\0'.repeat(512 * blocks)),
  ];
};

/** A screen of one colour: from where, how wide, how high. */
const screen: Protocol = (dice) => {
  const [width, height] = [dice.between(3, 40), dice.between(3, 30)];
  const where = [big(dice.between(0, 300), 2), big(dice.between(0, 200), 2), big(width, 2), big(height, 2)];
  return [c('\x03\0', ...where), s('\0\0\0\x01', ...where, '\0\0\0\0', '\x80@ \0'.repeat(width * height))];
};

/** Says so many times what it says. */
const parrot: Protocol = (dice) => {
  const times = dice.between(8, 60);
  return [c(`AGAIN ${times} FOR ${dice.text(3, 9)}\r\n`), s(`${'ab'.repeat(times)}\r\n`)];
};

describe('a filling', () => {
  const protocols = [
    ['of an empty disk', disk],
    ['of a screen', screen],
    ['of text', parrot],
  ] as const;
  describe.each(protocols)('%s', (_, protocol) => {
    it.each(seeds())('is as long as asked for (seed %i)', (seed) => {
      expect(differences(learnOne(speak(protocol, 30, seed)), speak(protocol, 20, seed + 100))).toEqual([]);
    });
  });

  /** A list of so many equal texts, told by the index of the last; and a content of so many bytes. */
  const list = (last: number) => [
    c(`4:RANGE 1:9 2:box 1:0 3:${last}\r\n`),
    s(`*${last + 1}\r\n`, '<3>\r\nxyz\r\n'.repeat(last + 1)),
  ];
  const content = (size: number) => [c(`READ ${size}\r\n`), s('VXKeHogKgJ=[5V'.repeat(200).slice(0, size))];
  it.each([
    ['units', list, 99, 299, 449],
    ['units', list, 299, 599, 99],
    ['bytes', content, 300, 700, 911],
  ] as const)('of several bytes is known from two of them: so many %s', (_, say, one, other, asked) => {
    const model = learnOne([one, other, one, other].map((size, i) => record(i, say(size))));
    expect(differences(model, [record(9, say(asked))])).toEqual([]);
  });

  it.each(seeds())('is not found where its length follows from nothing (seed %i)', (seed) => {
    const protocol: Protocol = (dice) => [
      c('RD', big(dice.between(0, 60_000), 2), big(dice.between(1, 40), 2)),
      s('OK', '\0'.repeat(dice.between(20, 90))),
    ];
    expect(kindsOf(learnOne(speak(protocol, 30, seed))).has('fill')).toBe(false);
  });
});
