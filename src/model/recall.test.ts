/** What recalls name: the latest exchange about the same thing, here or in an earlier session. */
import { describe, expect, it } from 'vitest';
import { fromLatin1, toLatin1 } from '../bytes/bytes.js';
import { ask, resolve, type Context, type Said } from './meaning.js';
import type { Recall, Span } from './types.js';

const [PUT, GET, DROP] = [1, 2, 3];
const key: Span = {
  of: { kind: 'request', back: 0 },
  from: { kind: 'marker', bytes: fromLatin1(' '), nth: 0, edge: 'end', offset: 0 },
  to: { kind: 'word' },
};
const named = (group: number): Recall => ({
  kind: 'recall',
  group,
  keys: [{ here: key, there: key }],
  side: 'request',
});
const PUTS = named(PUT);
const DROPS = named(DROP);

let clock = 0;
function said(group: number, request: string): Said {
  clock += 10;
  const [bytes, answer] = [fromLatin1(request), fromLatin1('ok')];
  return { request: bytes, class: group, group, edges: null, answer, state: 0, time: clock };
}

function asked(request: string, before: readonly Said[], past: readonly (readonly Said[])[] = []): Context {
  const opening = { ...said(-1, ''), time: 0 };
  const all = [opening, ...before, said(GET, request)];
  const end = { address: '', port: 0 };
  return { said: all, at: all.length - 1, environment: { client: end, server: end }, now: clock, past };
}

const found = (context: Context, what = PUTS) => {
  const place = resolve(what, context);
  return place && toLatin1(place.bytes);
};

describe('a recall', () => {
  it('names the latest exchange with the same key, not the latest of all', () => {
    const before = [said(PUT, 'put a 1'), said(PUT, 'put a 2'), said(PUT, 'put b 3')];
    expect(found(asked('get a', before))).toBe('put a 2');
    expect(found(asked('get c', before))).toBeNull();
    expect(found(asked('get', before))).toBeNull();
  });

  it('looks into the earlier sessions of the source, but not into what comes later', () => {
    const first = [said(-1, ''), said(PUT, 'put a 1')];
    const second = [said(-1, ''), said(PUT, 'put a 2')];
    const now = asked('get a', [], [first, second]);
    expect(found(now)).toBe('put a 2');
    const later = [said(-1, ''), said(PUT, 'put a 3')];
    expect(found({ ...now, past: [first, second, later] })).toBe('put a 2');
    expect(found(asked('get a', [said(PUT, 'put a 4')], [first, second]))).toBe('put a 4');
  });

  it('may ask what the exchange led to', () => {
    const [one, other] = [
      { ...said(PUT, 'put a 1'), state: 4 },
      { ...said(PUT, 'put b 2'), state: 5 },
    ];
    const led = (request: string, states?: readonly number[]): boolean =>
      ask({ kind: 'recalled', among: [PUTS], which: 0, ...(states ? { states } : {}) }, asked(request, [one, other]));
    expect([led('get a', [4]), led('get a', [5, 6]), led('get b', [5, 6]), led('get c', [4, 5])]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect([led('get a'), led('get c')]).toEqual([true, false]);
  });

  it('may ask for the exchange at the like place of its session', () => {
    const pieces = [said(-1, ''), said(PUT, 'put a 1'), said(PUT, 'put a 2'), said(PUT, 'put a 3')];
    const read = (before: readonly Said[]) => found(asked('get a', before, [pieces]), { ...PUTS, ahead: 1 });
    expect(read([])).toBe('put a 2');
    expect(read([said(GET, 'get a')])).toBe('put a 3');
    expect(read([said(GET, 'get a'), said(GET, 'get a')])).toBeNull();
  });

  it('is the latest only when nothing later is known of the key', () => {
    const dropped = (before: readonly Said[]) =>
      ask({ kind: 'recalled', among: [PUTS, DROPS], which: 1 }, asked('get a', before));
    expect(dropped([said(PUT, 'put a 1'), said(DROP, 'drop a')])).toBe(true);
    expect(dropped([said(PUT, 'put a 1'), said(DROP, 'drop b')])).toBe(false);
    expect(dropped([said(DROP, 'drop a'), said(PUT, 'put a 1')])).toBe(false);
    expect(dropped([])).toBe(false);
  });
});
