import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Context, Said } from '../../model/meaning.js';
import { identities, withoutIdentities } from './identities.js';
import type { Feature } from './tree.js';

const NOBODY = { client: { address: '', port: 0 }, server: { address: '', port: 0 } };

function exchange(request: readonly number[], answer: readonly number[]): Said {
  return {
    request: Uint8Array.from(request),
    answer: Uint8Array.from(answer),
    class: 0,
    group: 0,
    edges: null,
    state: 0,
    time: 0,
  };
}

const OPENING = exchange([], []);

describe('bytes that only say whose a request is', () => {
  it('are those that differ from session to session and come back where they were', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { minLength: 8, maxLength: 30 }),
        fc.integer({ min: 0, max: 5 }),
        (ids, at) => {
          const put = (bytes: number[], id: number) => bytes.map((byte, i) => (i === at ? id : byte));
          const sessions = ids.map((id, i) => [
            OPENING,
            exchange(put([7, 7, 7, 7, 7, 7, i & 1], id), put([9, 9, 9, 9, 9, 9], id)),
            exchange(put([8, 8, 8, 8, 8, 8, 0], id), put([9, 9, 9, 9, 9, 9], id)),
          ]);
          expect([...identities(sessions)]).toEqual([at]);
        },
      ),
    );
  });

  it('are not those that the server never gives back, nor what few values are said of', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { minLength: 8, maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 30, maxLength: 30 }),
        (keys, commands) => {
          const sessions = keys.map((key, i) => [
            OPENING,
            exchange([commands[i] ?? 1, key], [commands[i] ?? 1, (key + 1) & 255]),
          ]);
          expect(identities(sessions).size).toBe(0);
        },
      ),
    );
  });

  it('are not those that most requests are too short to have', () => {
    const short = (i: number) => exchange([7, 7, ...Array.from({ length: i % 5 }, () => 9)], [1]);
    const long = (i: number) => exchange([8, ...Array.from({ length: 20 }, () => i % 2)], [1]);
    const sessions = Array.from({ length: 10 }, (_, i) => [
      OPENING,
      short(i),
      short(i + 1),
      short(i + 2),
      short(i + 3),
      long(i),
    ]);
    expect([...identities(sessions)]).toEqual([]);
  });

  it('are nothing to ask about, and neither is a byte that counts the others', () => {
    const requests = [
      [1, 3, 65, 66, 67],
      [2, 4, 65, 66, 67, 68],
      [3, 5, 65, 66, 67, 68, 69],
    ];
    const contexts = requests.map((request): Context => {
      const said = [OPENING, exchange(request, [])];
      return { said, at: 1, environment: NOBODY, now: 0 };
    });
    const at = (offset: number): Feature => ({
      test: {
        kind: 'at',
        of: { kind: 'request', back: 0 },
        offset,
        bytes: Uint8Array.of(requests[0]?.[offset] ?? 0),
      },
      yes: Uint8Array.of(1, 0, 0),
      cost: 6,
    });
    expect(withoutIdentities([at(0), at(1), at(2)], contexts, new Set([0]))).toEqual([at(2)]);
  });
});

describe('bytes that count the requests of a session', () => {
  const count = (from: number, length: number) =>
    Array.from({ length }, (_, i) => {
      const number = [(from + i) & 255, (from + i) >> 8];
      return exchange([7, ...number, 0, i & 1], [9, ...number, 0, 5]);
    });

  it('tell nothing, and neither do those that go on where they turn over', () => {
    const sessions = [0, 3, 250, 0].map((from) => [OPENING, ...count(from, 12)]);
    expect([...identities(sessions)].sort()).toEqual([1, 2]);
  });

  it('are not those that go on by another step each time', () => {
    const sessions = [1, 2, 3, 4].map((from) => [
      OPENING,
      ...[0, 2, 1, 0, 2, 2, 1].map((step) => exchange([7, from + step], [9, from + step])),
    ]);
    expect([...identities(sessions)]).toEqual([]);
  });
});

describe('questions about a part of a request', () => {
  const span = (from: number, width: number) =>
    ({
      of: { kind: 'request', back: 0 },
      from: { kind: 'start', offset: from },
      to: { kind: 'width', width },
    }) as const;
  const about = (requests: readonly Uint8Array[], from: number, width: number): Feature => ({
    test: {
      kind: 'value',
      span: span(from, width),
      values: [requests[0]?.slice(from, from + width) ?? OPENING.request],
    },
    yes: Uint8Array.from(requests, (_, i) => Number(i === 0)),
    cost: 4,
  });
  const alone = (requests: readonly Uint8Array[], answers: readonly Uint8Array[] = []): Context[] =>
    requests.map((request, i) => ({
      said: [OPENING, exchange([1], [...(answers[i] ?? [])]), exchange([...request], [])],
      at: 2,
      environment: NOBODY,
      now: 0,
    }));

  it('tell nothing where only the length of what is padded makes the difference', () => {
    const requests = [2, 5, 9, 14, 18, 21].map((length) =>
      Uint8Array.from({ length: 4 + 4 * Math.ceil(length / 4) }, (_, i) => (i === 1 ? length : i < 4 ? 3 : length % 3)),
    );
    expect(withoutIdentities([about(requests, 0, 3), about(requests, 4, 1)], alone(requests), new Set())).toEqual([
      about(requests, 4, 1),
    ]);
  });

  it('tell nothing about a value that the server handed out before', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.uint8Array({ minLength: 4, maxLength: 4 }), {
          minLength: 6,
          maxLength: 20,
          selector: (handle) => handle.join(),
        }),
        (handles) => {
          const requests = handles.map((handle, i) => Uint8Array.from([5, ...handle, i % 3]));
          const answers = handles.map((handle) => Uint8Array.from([0, 0, ...handle]));
          const [handle, rest] = [about(requests, 1, 4), about(requests, 5, 1)];
          expect(withoutIdentities([handle, rest], alone(requests, answers), new Set())).toEqual([rest]);
          expect(withoutIdentities([handle, rest], alone(requests), new Set())).toEqual([handle, rest]);
        },
      ),
    );
  });
});
