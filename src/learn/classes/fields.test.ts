/** Binary fields of fixed width: numbers that are now small, now large, beside identifiers with any bytes. */
import { describe, expect, it } from 'vitest';
import {
  big,
  c,
  differences,
  learnOne,
  little,
  s,
  speak,
  seeds,
  type Dice,
  type Protocol,
} from '../../../tests/helpers/sessions.js';

/** Mostly of two bytes, sometimes of one, sometimes with a zero as its low byte. */
function size(dice: Dice): number {
  return dice.pick([dice.between(300, 1500), dice.between(300, 1500), dice.between(1, 250), 256 * dice.between(1, 5)]);
}

/** A file is kept and asked for; its size comes back in fields of eight bytes. */
const keeping: Protocol = (dice) => {
  const [key, bytes] = [dice.bytes(4), size(dice)];
  return [
    c('KEEP', key, little(bytes, 4), '\0\0\0\0'),
    s('DONE', key, little(bytes, 4), '\0\0\0\0', '\x01\0'),
    c('LOOK', key, '\0\0\0\0', '\0\0\0\0'),
    s('SEEN', '\0\x10\0\0\0\0\0\0', little(bytes, 4), '\0\0\0\0', '\x20\0\0\0', key, '\0\0'),
  ];
};

describe('a number in a field of fixed width', () => {
  it.each(seeds())('comes back as wide as it is, however small it is (%i)', (seed) => {
    const service = learnOne(speak(keeping, 12, seed));
    expect(differences(service, speak(keeping, 60, seed + 500)).slice(0, 3)).toEqual([]);
  });
});

/** A text in letters of two bytes, with how many they are before it. */
const wide = (text: string): string => `${String.fromCharCode(text.length)}\0${text.replaceAll(/./gs, '$&\0')}`;

/** A note is put somewhere with a level; name and note are in letters of two bytes, the level stands between them. */
const noting: Protocol = (dice) => {
  const [name, level, note] = [dice.text(3, 12), dice.bytes(1), `${dice.text(3, 9)} ${dice.text(3, 9)}`];
  const number = dice.bytes(2);
  return [
    c('PUT', number, '\x01\0', wide(name), level, wide(note), '\0\0\x01'),
    s('DONE', number, level, '\0'),
    c('GET', number, '\x02\0', wide(name)),
    s('HERE', number, wide(note), '\xff'),
  ];
};

describe('a text in letters of two bytes, behind the number of them', () => {
  it.each(seeds())('is given back, and so is what stands behind it (%i)', (seed) => {
    const service = learnOne(speak(noting, 20, seed));
    const wrong = differences(service, speak(noting, 40, seed + 500));
    // a name of few letters may be a part of another one
    expect(wrong.slice(1)).toEqual([]);
  });
});

/** A register is written: the lower ones are refused. Its number and the value lie side by side, and both vary. */
const writing: Protocol = (dice) => {
  const [number, register, value] = [dice.bytes(2), dice.between(0, 31), dice.bytes(4)];
  const told = register < 16 ? s('\xa5', number, '\x82\x03') : s('\xa5', number, '\x42\0\x01', big(register, 1), value);
  return [c('\xa5', number, '\x02\x05', big(register, 1), value), told];
};

describe('a number that decides, among bytes of any value', () => {
  it.each(seeds())('is asked for by how large it is (%i)', (seed) => {
    const service = learnOne(speak(writing, 24, seed));
    const right = 100 - differences(service, speak(writing, 100, seed + 500)).length;
    expect(right).toBeGreaterThan(80);
  });
});
