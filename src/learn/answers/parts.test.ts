/** Parts of contents that other answers give whole: which part of which content, the request says. */
import { describe, expect, it } from 'vitest';
import {
  big,
  c,
  differences,
  kindsOf,
  learnOne,
  s,
  seeds,
  speak,
  type Dice,
  type Spoken,
} from '../../../tests/helpers/sessions.js';

const lines = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${name} ${String(i * 7 + 100)} in the store\n`).join('');
const SHELF = lines('plank', 60);
const STORES = new Map([
  ['iron', lines('bar', 50)],
  ['wood', lines('beam', 40)],
]);

/** A document by its offsets, both ends included; sometimes all of it. */
function offsets(dice: Dice): Spoken[] {
  if (dice.between(1, 4) === 1) return [c('read shelf\r\n'), s(`all of ${SHELF.length} bytes\r\n\r\n${SHELF}`)];
  const from = dice.between(0, 900);
  const to = from + dice.between(20, 120);
  return [
    c(`read shelf part=${from}-${to}\r\n`),
    s(`part of ${to - from + 1} bytes: ${from}-${to}\r\n\r\n${SHELF.slice(from, to + 1)}`),
  ];
}

/** Several contents by their name, an offset and a length in binary. */
function counts(dice: Dice): Spoken[] {
  const name = dice.pick([...STORES.keys()]);
  const content = STORES.get(name) ?? '';
  if (dice.between(1, 4) === 1) return [c('A', name), s('a', big(content.length, 4), content)];
  const [from, count] = [dice.between(0, 500), dice.between(16, 300)];
  return [c('B', name, big(from, 4), big(count, 2)), s('b', big(count, 4), content.slice(from, from + count))];
}

/** From an offset to the end. */
function rests(dice: Dice): Spoken[] {
  const from = dice.between(0, 1200);
  return dice.between(1, 4) === 1
    ? [c('whole\r\n'), s(`here it is:\n${SHELF}`)]
    : [c(`rest ${from}\r\n`), s(`the rest:\n${SHELF.slice(from)}`)];
}

/** A document by its offsets, never all of it: from everywhere in turn, or from anywhere. */
const pieces =
  (turn?: { next: number }) =>
  (dice: Dice): Spoken[] => {
    const from = 60 * (turn ? turn.next++ % 23 : dice.between(0, 22));
    const to = Math.min(SHELF.length - 1, from + dice.between(60, 180));
    return [
      c(`fetch ${from}-${to}\r\n`),
      s(`piece ${from}-${to} of ${SHELF.length}\r\nlength ${to - from + 1}\r\n\r\n${SHELF.slice(from, to + 1)}`),
    ];
  };

/** Blocks of 128 bytes from an offset in binary: from everywhere in turn, or from anywhere. */
const blocks =
  (turn?: { next: number }) =>
  (dice: Dice): Spoken[] => {
    const from = 48 * (turn ? turn.next++ % 27 : dice.between(0, 26));
    return [c('B', big(from, 4), '\x07'), s('b\x80', SHELF.slice(from, from + 128))];
  };

/** Contents short and long that are opened under a number of the client's own, and read in parts by it. */
const FILES = new Map([
  ['note', 'remember the milk, and bread\n'],
  ['shelf', SHELF.slice(0, 420)],
  ['hours', 'open from nine to five on weekdays only\n'],
]);

function handles(dice: Dice): Spoken[] {
  const name = dice.pick([...FILES.keys()]);
  const content = FILES.get(name) ?? '';
  const handle = big(dice.between(1, 60_000), 2);
  const read = (from: number, count: number) => {
    const part = content.slice(from, from + count);
    return [c('R', handle, big(from, 4), big(count, 2)), s('r', big(part.length, 2), part)];
  };
  const parts = Array.from({ length: dice.between(1, 3) }, () =>
    read(dice.between(0, content.length - 1), dice.between(1, 60)),
  );
  const whole = [...read(0, 4096), ...read(content.length, 4096)];
  return [
    c('O', handle, big(name.length, 1), name),
    s('o', handle),
    ...(dice.between(1, 3) === 1 ? whole : parts.flat()),
    c('C', handle),
    s('c'),
  ];
}

describe('a part of a known content', () => {
  it.each(seeds())('is given by its two offsets (seed %i)', (seed) => {
    const service = learnOne(speak(offsets, 40, seed));
    expect(differences(service, speak(offsets, 30, seed + 100))).toEqual([]);
  });

  it.each(seeds())('is given by name, offset and length (seed %i)', (seed) => {
    const service = learnOne(speak(counts, 60, seed));
    expect(differences(service, speak(counts, 30, seed + 100))).toEqual([]);
  });

  it.each(seeds())('is given from an offset to the end (seed %i)', (seed) => {
    const service = learnOne(speak(rests, 40, seed));
    expect(differences(service, speak(rests, 30, seed + 100))).toEqual([]);
  });

  it.each(seeds())('is given though no answer gave all of it, where the pieces overlap (seed %i)', (seed) => {
    const service = learnOne(speak(pieces({ next: 0 }), 54, seed));
    expect(differences(service, speak(pieces(), 30, seed + 100))).toEqual([]);
  });

  it.each(seeds())('is given in blocks of one length, from the offset alone (seed %i)', (seed) => {
    const service = learnOne(speak(blocks({ next: 0 }), 54, seed));
    expect(differences(service, speak(blocks(), 30, seed + 100))).toEqual([]);
  });

  it.each(seeds())('is given by what was opened before, to its end and not beyond (seed %i)', (seed) => {
    const service = learnOne(speak(handles, 50, seed));
    expect(differences(service, speak(handles, 30, seed + 100))).toEqual([]);
  });

  it('is not made of what was written under the same name before', () => {
    const protocol = (dice: Dice) => {
      const [name, number] = [dice.pick(['one', 'two', 'three']), dice.between(0, 400)];
      return [c(`open ${name}\r\n`), s('open\r\n'), c(`at ${number}\r\n`), s(`${dice.text(20, 80)}\r\n`)];
    };
    expect(kindsOf(learnOne(speak(protocol, 40, 1))).has('part')).toBe(false);
  });

  it('is not made of answers that have nothing to do with each other', () => {
    const protocol = (dice: Dice) => {
      const number = dice.between(100, 999);
      return [c(`get ${number}\r\n`), s(`${number}: ${dice.text(300, 400)}\r\n`)];
    };
    expect(kindsOf(learnOne(speak(protocol, 30, 1))).has('part')).toBe(false);
  });
});
