/** Binary numbers that two numbers said before make together, and numbers that nothing makes. */
import { describe, expect, it } from 'vitest';
import {
  big,
  c,
  differences,
  kindsOf,
  learnOne,
  little,
  s,
  seeds,
  speak,
  type Protocol,
} from '../../../tests/helpers/sessions.js';

const sums: Readonly<Record<string, Protocol>> = {
  'of two numbers of the request, in twice their width': (dice) => {
    const [a, b] = [dice.between(1000, 2e9), dice.between(1000, 2e9)];
    return [c('\x01\x02add', big(a, 4), big(b, 4)), s('\x81', big(a + b, 8))];
  },
  'of two numbers, the little end first': (dice) => {
    const [a, b] = [dice.between(0, 30_000), dice.between(0, 30_000)];
    return [
      c('\x01\x02', dice.text(2, 9), '\x00', little(a, 2), '\x07', little(b, 2)),
      s('\x82', little(a + b, 2), 'ok'),
    ];
  },
  'of what was put there, less what is taken': (dice) => {
    const name = dice.text(4, 12);
    const [amount, less] = [dice.between(1000, 90_000), dice.between(1, 90)];
    const named = `\x0b${String.fromCharCode(name.length)}${name}\x08`;
    return [
      c('\x80\x01put\x00', named, big(amount, 4), '\x00'),
      s('\x80\x02put\x00'),
      c('\x80\x01take\x00', named, big(less, 4), '\x00'),
      s('\x80\x02take\x00\x08', big(amount - less, 4), '\x00'),
    ];
  },
};

describe.each(Object.entries(sums))('a sum %s', (_, protocol) => {
  it.each(seeds())('is learned (%i)', (seed) => {
    const service = learnOne(speak(protocol, 30, seed));
    expect(differences(service, speak(protocol, 30, seed + 500)).slice(0, 3)).toEqual([]);
    expect(kindsOf(service)).toContain('sum');
  });
});

it.each(seeds())('of what was put there, less what is taken, is told from six of them (%i)', (seed) => {
  const protocol = sums['of what was put there, less what is taken'];
  if (!protocol) throw new Error('no such protocol');
  const service = learnOne(speak(protocol, 6, seed));
  expect(differences(service, speak(protocol, 10, seed + 500)).slice(0, 3)).toEqual([]);
});

it.each(seeds())('no sum is found where there is none (%i)', (seed) => {
  const protocol: Protocol = (dice) => [
    c('\x01\x02ask', dice.bytes(4), dice.bytes(4)),
    s('\x81', big(dice.between(0, 2e9), 4), big(dice.between(0, 500), 2)),
    c('\x01\x03ask', dice.bytes(2)),
    s('\x82', dice.bytes(2), '\x00', dice.bytes(1)),
  ];
  expect(kindsOf(learnOne(speak(protocol, 25, seed))).has('sum')).toBe(false);
});
