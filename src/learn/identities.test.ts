import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Context, Said } from '../model/meaning.js';
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
