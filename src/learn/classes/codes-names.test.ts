/** Binary requests in which a client says names of its own again and again, beside codes that all clients say. */
import { describe, expect, it } from 'vitest';
import {
  c,
  differences,
  learnOne,
  s,
  seeds,
  speak,
  type Dice,
  type Protocol,
} from '../../../tests/helpers/sessions.js';

/** A store that is asked by a code, a number of the request and a name behind its length. */
const store: Protocol = (dice) => {
  const name = dice.text(5, 12);
  const kept = Array.from({ length: dice.between(1, 5) }, () => dice.text(3, 9)).join(' ');
  const asks = (code: number, ...rest: string[]) => {
    const id = dice.bytes(2).map((byte) => Math.min(byte, 0xfe));
    return { id, request: c(Uint8Array.of(0x41, code), id, Uint8Array.of(1, 0xb0 + name.length), name, ...rest) };
  };
  const gives = (code: number, id: Uint8Array, ...rest: string[]) => s(Uint8Array.of(0x61, code), id, '\x01', ...rest);
  const get = () => asks(1);
  const [put, first, removed, last] = [asks(3, '\xff', kept), get(), asks(4), get()];
  const missing = [last.request, gives(0x84, last.id, '\xffnot here')];
  if (dice.between(0, 2) === 0) return missing;
  const there = [put.request, gives(0x41, put.id), first.request, gives(0x45, first.id, '\xff', kept)];
  return dice.between(0, 1) === 0 ? there : [...there, removed.request, gives(0x42, removed.id), ...missing];
};

describe('names of one client in binary requests', () => {
  it.each(seeds())('make no classes of their own (%i)', (seed) => {
    const datagrams = { transport: 'udp' } as const;
    const service = learnOne(speak(store, 80, seed, datagrams));
    expect(differences(service, speak(store, 20, seed + 500, datagrams))).toEqual([]);
  });
});

describe('classes whose regions do not tell them apart', () => {
  /** What is asked for stands behind a number, among bytes that are the same in no two requests. */
  const optional: Protocol = (dice: Dice) => {
    const number = dice.bytes(12);
    const kind = dice.pick(['plain', 'known', 'known', 'unknown']);
    const type = Uint8Array.of(dice.between(1, 6), dice.between(0x41, 0x7a));
    const field = kind === 'plain' ? [] : [kind === 'known' ? '\x80\x22' : type, '\x00\x08', dice.text(8, 8)];
    const head = Uint8Array.of(0, 1, 0, kind === 'plain' ? 0 : 12);
    const request = c(head, '!\x12\xa4B', number, ...field);
    if (kind !== 'unknown') return [request, s('\x01\x01\x00\x08!\x12\xa4B', number, '\x80\x22\x00\x04fine')];
    return [request, s('\x01\x11\x00\x08!\x12\xa4B', number, '\x00\x09\x00\x12unknown: ', type)];
  };

  it.each(seeds())('are one class (%i)', (seed) => {
    const datagrams = { transport: 'udp' } as const;
    const service = learnOne(speak(optional, 60, seed, datagrams));
    expect(differences(service, speak(optional, 30, seed + 500, datagrams))).toEqual([]);
  });
});
