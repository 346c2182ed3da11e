/** Binary fields of fixed width: numbers that are now small, now large, beside identifiers with any bytes. */
import { describe, expect, it } from 'vitest';
import {
  c,
  differences,
  learnOne,
  little,
  s,
  speak,
  seeds,
  type Dice,
  type Protocol,
} from '../../tests/helpers/sessions.js';

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
