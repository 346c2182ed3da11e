/** Fillings: as long as the request says, and never longer than anybody could want. */
import { describe, expect, it } from 'vitest';
import { fromLatin1, toLatin1 } from '../bytes/bytes.js';
import type { Context } from './context.js';
import { produceFill } from './fill.js';
import { take } from './meaning.js';
import type { Fill, NumberAt } from './types.js';

const byte = (offset: number, width = 1): NumberAt => ({
  span: { of: { kind: 'request', back: 0 }, from: { kind: 'start', offset }, to: { kind: 'width', width } },
  codec: { kind: 'binary', width, order: 'big' },
});

function filled(request: string, more: Partial<Fill> = {}): string | null {
  const exchange = { request: fromLatin1(request), class: 0, group: 0, edges: null, answer: new Uint8Array(0) };
  const end = { address: '192.0.2.1', port: 1 };
  const context: Context = {
    said: [{ ...exchange, state: 0, time: 0 }],
    at: 0,
    environment: { client: end, server: end },
    now: 0,
  };
  const rule: Fill = { kind: 'fill', unit: fromLatin1('ab'), counts: [byte(0)], scale: 1, ...more };
  const bytes = produceFill(rule, context, take);
  return bytes && toLatin1(bytes);
}

describe('a filling', () => {
  it('is cut where the number says', () => {
    expect(filled('\x05')).toBe('ababa');
    expect(filled('\0')).toBe('');
  });

  it('is as long as rows and columns make it', () => {
    expect(filled('\x02\x03', { counts: [byte(0), byte(1)], scale: 2 })).toBe('ab'.repeat(6));
  });

  it('leaves out what stands before it already', () => {
    expect(filled('\x02', { scale: 2, less: 1 })).toBe('aba');
    expect(filled('\0', { less: 1 })).toBeNull();
  });

  it('is nothing where the number is not there, or asks for more than anybody wants', () => {
    expect(filled('')).toBeNull();
    expect(filled('\xff\xff\xff\xff', { counts: [byte(0, 4)] })).toBeNull();
    expect(filled('\x05', { unit: new Uint8Array(0) })).toBeNull();
    expect(filled('\x05', { scale: 0.3 })).toBeNull();
  });
});
