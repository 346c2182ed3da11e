import { describe, expect, it } from 'vitest';
import { fromLatin1 } from '../../bytes/bytes.js';
import type { Context } from '../../model/meaning.js';
import type { Span } from '../../model/types.js';
import type { Draft } from './draft.js';
import { withJoinedCopies } from './joined-copies.js';

const request = fromLatin1('\x01\x02\x05heron\x03ask\x00\x07');
const context: Context = {
  said: [request, request].map((bytes) => {
    return { request: bytes, class: 0, group: 0, edges: null, answer: fromLatin1(''), state: -1, time: 0 };
  }),
  at: 1,
  environment: { client: { address: '10.0.0.1', port: 1 }, server: { address: '10.0.0.2', port: 2 } },
  now: 0,
};

/** A copy of some bytes of the request, its end named from the end of it. */
const copy = (from: number, to: number): Draft => {
  const span: Span = {
    of: { kind: 'request', back: 0 },
    from: { kind: 'start', offset: from },
    to: { kind: 'end', offset: request.length - to },
  };
  const rule = { kind: 'copy', span, transform: { kind: 'copy' } } as const;
  return { kind: 'rule', rule, values: [request.subarray(from, to)], support: 1, cost: 0 };
};
const literal: Draft = { kind: 'literal', bytes: fromLatin1('\xff') };

describe('copies that follow on each other', () => {
  it('are one, from where the first begins to where the last ends', () => {
    expect(withJoinedCopies([copy(2, 8), copy(8, 9), copy(9, 13), literal], [context])).toEqual([copy(2, 13), literal]);
  });

  it('stay apart where something stands between them, in the answer or in the request', () => {
    const apart = [copy(2, 8), literal, copy(8, 13), copy(2, 8)];
    expect(withJoinedCopies(apart, [context])).toEqual(apart);
    const gap = [copy(0, 3), copy(8, 13)];
    expect(withJoinedCopies(gap, [context])).toEqual(gap);
  });

  it('stay apart in texts, where every word is a field', () => {
    const words = [copy(3, 6), copy(6, 8)];
    expect(withJoinedCopies(words, [context])).toEqual(words);
  });
});
