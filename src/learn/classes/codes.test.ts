/** Binary requests that have an operation code in common and hardly anything else are classes by that code. */
import { describe, expect, it } from 'vitest';
import {
  big,
  c,
  differences,
  learnOne,
  s,
  seeds,
  speak,
  type Dice,
  type Spoken,
} from '../../../tests/helpers/sessions.js';
import { settledByCode } from './strays.js';

/** What each operation answers: code, id and name are the client's. */
const operations: readonly ((id: Uint8Array, name: string) => readonly (string | Uint8Array)[])[] = [
  (id, name) => ['\x81', id, '\x00welcome, ', name],
  (id) => ['\x82', id, '\x00\x07nothing'],
  (id, name) => ['\x83', id, '\x01', name, ' is unheard of'],
  (id) => ['\x84', id, '\x02\x00\x00'],
];

describe('short requests with a code, an id and a name', () => {
  it.each(seeds())('are answered by their code, whatever the length of the name (%i)', (seed) => {
    const protocol = (dice: Dice) => {
      const code = dice.between(0, operations.length - 1);
      const [id, name] = [dice.bytes(2), dice.text(2, 20)];
      return [c(big(code + 1, 1), id, name), s(...(operations[code]?.(id, name) ?? []))];
    };
    const service = learnOne(speak(protocol, 60, seed));
    const wrong = differences(service, speak(protocol, 40, seed + 500));
    expect(wrong.length).toBeLessThanOrEqual(4);
  });
});

const BLOCK = 64;

/** A client puts content under a name with one operation and hands over its blocks with the next: merely acknowledged. */
function putAndGet(dice: Dice): Spoken[] {
  const name = dice.text(3, 14);
  const get = c('\0\x01', name, '.txt\0plain\0');
  if (dice.between(0, 2) > 0) return [get, s('\0\x05\0\x01nothing of that name\0'), c('\0\x04\0\x01')];
  const text = Array.from({ length: dice.between(6, 40) }, () => dice.text(2, 9)).join(' ');
  const blocks = Array.from({ length: Math.ceil(text.length / BLOCK) }, (_, i) =>
    text.slice(i * BLOCK, (i + 1) * BLOCK),
  );
  return [
    c('\0\x02', name, '.txt\0plain\0'),
    s('\0\x04\0\0'),
    ...blocks.flatMap((block, i) => [c('\0\x03', big(i + 1, 2), block), s('\0\x04', big(i + 1, 2))]),
    get,
    ...blocks.flatMap((block, i) => [s('\0\x03', big(i + 1, 2), block), c('\0\x04', big(i + 1, 2))]),
  ];
}

describe('operations that are answered alike', () => {
  it.each(seeds())('are not one: what was handed over is found by the name that was said before (%i)', (seed) => {
    const service = learnOne(speak(putAndGet, 40, seed));
    const wrong = differences(service, speak(putAndGet, 30, seed + 500));
    expect(wrong.filter((w) => w.includes('plain'))).toEqual([]);
  });
});

describe('requests that ask for something else than most of theirs', () => {
  const code = (request: string) => request.charCodeAt(0);

  it('go where that is asked for', () => {
    const groups = [['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'b1'], ['b2', 'b3', 'b4', 'b5'], ['c1']];
    expect(settledByCode(groups, code)).toEqual([
      ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'],
      ['b1', 'b2', 'b3', 'b4', 'b5'],
      ['c1'],
    ]);
  });

  it('stay where nobody else asks for it, and where they are many', () => {
    const groups = [
      ['a1', 'a2', 'a3', 'a4', 'd1'],
      ['a5', 'a6', 'b1', 'b2'],
      ['b3', 'b4', 'b5'],
    ];
    expect(settledByCode(groups, code)).toEqual(groups);
  });
});
