/** Fields of a fixed width behind which a message goes on: zeros fill up what is shorter. */
import { describe, expect, it } from 'vitest';
import { concat, toLatin1 } from '../../bytes/bytes.js';
import {
  big,
  bytesOf,
  c,
  Caller,
  Dice,
  differences,
  learnOne,
  s,
  seeds,
  speak,
  type Protocol,
  type Words,
} from '../../../tests/helpers/sessions.js';

const field = (width: number, ...words: readonly Words[]): Uint8Array => {
  const held = new Uint8Array(width);
  held.set(concat(words.map(bytesOf)).subarray(0, width));
  return held;
};

/** Names of any length are told within a sentence, in a record of one size that ends in two bytes of chance. */
const records: Protocol = (dice) => {
  const name = dice.text(3, 16);
  const asked = c('\x00\x02\x00\x01', field(40, name), dice.bytes(2));
  if (dice.between(0, 2) === 0)
    return [c('\x00\x02\x00\x01', field(40, '?'), dice.bytes(2)), s('\x00\x02', field(60, 'who?'), '\x01')];
  return [asked, s('\x00\x02\x03', field(60, 'there is no "', name, '" here'), big(dice.between(0, 65_535), 2))];
};

describe('a field of a fixed width', () => {
  it.each(seeds())('is filled up behind whatever stands in it (seed %i)', (seed) => {
    const model = learnOne(speak(records, 40, seed));
    const dice = new Dice(seed + 50);
    for (let length = 3; length <= 20; length++) {
      const name = dice.text(length, length);
      const caller = new Caller(model);
      const { text, waits } = caller.send(toLatin1(c('\x00\x02\x00\x01', field(40, name), '\x07\x09').bytes));
      expect((text + (waits ? caller.silence().text : '')).slice(0, -2)).toBe(
        toLatin1(s('\x00\x02\x03', field(60, `there is no "${name}" here`)).bytes),
      );
    }
  });

  it.each(seeds())('is none where a record is filled up to a multiple (seed %i)', (seed) => {
    const padded: Protocol = (dice) => {
      const text = `no ${dice.text(5, 8)}.`;
      return [c('\x07', text), s('\x08\x00\x00\x00', field(4 * Math.ceil(text.length / 4), text), 'over')];
    };
    const model = learnOne(speak(padded, 40, seed));
    expect(differences(model, speak(padded, 20, seed + 100))).toEqual([]);
  });
});
