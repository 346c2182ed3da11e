import { describe, expect, it } from 'vitest';
import { EMPTY, fromLatin1, indexOf } from '../../bytes/bytes.js';
import type { Context, Said } from '../../model/meaning.js';
import type { Test } from '../../model/types.js';
import { Idle } from './idle.js';
import type { Feature } from './tree.js';

const NOBODY = { client: { address: '', port: 0 }, server: { address: '', port: 0 } };
const REQUEST = { kind: 'request', back: 0 } as const;

function said(request: string, state: number): Said {
  return { request: fromLatin1(request), answer: EMPTY, class: 0, group: 0, edges: null, state, time: 0 };
}

/** What each client says, with a word that only some programs have and one that says what is asked for. */
const elsewhere = [
  said('read one by lynx\n', 1),
  said('read two\n', 1),
  said('size one by lynx\n', 2),
  said('size two\n', 2),
  said('stop one\n', 3),
];
const asked = ['take heron by lynx\n', 'take old petrel\n'];

const contexts = asked.map((request): Context => ({
  said: [said('', -1), said(request, 7)],
  at: 1,
  environment: NOBODY,
  now: 0,
}));

function feature(test: Test, yes: readonly number[]): Feature {
  return { test, yes: Uint8Array.from(yes), cost: 5 };
}

const costs = (features: readonly Feature[]) =>
  new Idle(elsewhere).dearer(features, contexts, [7, 8]).map((f) => f.cost);

describe('a question about what makes no difference elsewhere', () => {
  it('costs more than one about what no other request holds', () => {
    const holds = (word: string, yes: number[]) =>
      feature({ kind: 'contains', of: REQUEST, bytes: fromLatin1(word) }, yes);
    const [lynx = 0, old = 0] = costs([holds('lynx', [1, 0]), holds('old', [0, 1])]);
    expect(old).toBe(5);
    expect(lynx).toBeGreaterThan(old);
  });

  it('costs more where the length of a text decides', () => {
    const [short = 0] = costs([feature({ kind: 'length', of: REQUEST, atMost: 12 }, [0, 1])]);
    expect(short).toBeGreaterThan(5);
  });

  it('is as good as any where many samples speak for it', () => {
    const many = Array.from({ length: 40 }, (_, i) => contexts[i % 2]).filter((one) => one !== undefined);
    const yes = Uint8Array.from(many, (_, i) => (i % 2 === 0 ? 1 : 0));
    const test: Test = { kind: 'contains', of: REQUEST, bytes: fromLatin1('lynx') };
    expect(new Idle(elsewhere).dearer([{ test, yes, cost: 5 }], many, [7, 8]).map((f) => f.cost)).toEqual([5]);
  });

  it('costs much more, however many samples there are, where clients say of themselves what it asks for', () => {
    const many = Array.from({ length: 40 }, (_, i) => contexts[i % 2]).filter((one) => one !== undefined);
    const yes = Uint8Array.from(many, (_, i) => (i % 2 === 0 ? 1 : 0));
    const own = (request: Uint8Array) => {
      const from = indexOf(request, fromLatin1('lynx'));
      return from < 0 ? [] : [[from, from + 4] as const];
    };
    const price = (word: string) => {
      const test: Test = { kind: 'contains', of: REQUEST, bytes: fromLatin1(word) };
      return new Idle(elsewhere, own).dearer([{ test, yes, cost: 5 }], many, [7, 8])[0]?.cost ?? 0;
    };
    expect(price(' lynx')).toBeGreaterThan(20);
    expect(price('heron')).toBe(5);
  });
});
