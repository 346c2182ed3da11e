/** What is set under a name and read back in another form: where it begins and ends goes by what stands before it. */
import { describe, expect, it } from 'vitest';
import { concat } from '../../bytes/bytes.js';
import {
  big,
  bytesOf,
  c,
  Dice,
  differences,
  learnOne,
  record,
  s,
  seeds,
  type Spoken,
} from '../../../tests/helpers/sessions.js';
import type { Session } from '../../capture/types.js';

type Talk = (dice: Dice) => readonly (readonly Spoken[])[];

/** Sessions of some sources, each of which says all of one talk. */
function sources(count: number, seed: number, talk: Talk): Session[] {
  const dice = new Dice(seed);
  let id = seed * 10_000;
  return Array.from({ length: count }, (_, source) =>
    talk(dice).map((spoken) =>
      record(id++, spoken, { client: { address: `10.7.${seed % 200}.${source + 1}`, port: 20_000 + (id % 30_000) } }),
    ),
  ).flat();
}

const wrong = (talk: Talk, seed: number, count = 40): string[] =>
  differences(learnOne(sources(count, seed, talk)), sources(30, seed + 100, talk));

/** A path that a zero ends, and digits behind it that are read back aligned to the right. */
const paths: Talk = (dice) => {
  const path = `/settings/${dice.text(3, 9)}/${dice.text(4, 7)}\0`;
  const value = dice.text(2, 3, '123456789');
  const head = (code: string) => concat([bytesOf('\0\0\0'), bytesOf(code), dice.bytes(1), bytesOf('\0\x02')]);
  return [
    [c(head('\x03'), path, value), s('\0\0\0\0')],
    [c(head('\x04'), path), s('\0\0\0\x0c', value.padStart(12))],
  ];
};

/** Texts with their lengths before them, each filled up to a multiple of four with whatever is at hand. */
const filled: Talk = (dice) => {
  const text = (value: string) =>
    concat([big(value.length, 4), bytesOf(value), dice.bytes((4 - (value.length % 4)) % 4)]);
  const [name, value] = [dice.text(5, 12), dice.text(4, 15)];
  return [
    [c('\0\0\x01\x22', text(name), text(value), '\0\0\0\x05'), s('\0\0\0\0')],
    [c('\0\0\x01\x23', text(name), '\0\0\0\x07'), s('\0\0\0\x01', big(value.length, 4), value)],
  ];
};

describe('a setting', () => {
  it.each(seeds())('that stands behind a path is read back aligned to the right (seed %i)', (seed) => {
    expect(wrong(paths, seed)).toEqual([]);
  });

  it.each(seeds())('that stands behind texts that are filled up is read back (seed %i)', (seed) => {
    expect(wrong(filled, seed)).toEqual([]);
  });
});
