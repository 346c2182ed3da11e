/** By what a request names an earlier one. */
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import { resolve, type Context, type Said } from '../../model/meaning.js';
import { Dice, big, seeds } from '../../../tests/helpers/sessions.js';
import { NOBODY as NOTHING } from './key-names.js';
import { findRecalls } from './recalls.js';

const NOBODY = { client: { address: '', port: 0 }, server: { address: '', port: 0 } };
const WIDTH = 12;

function exchange(group: number, request: Uint8Array, time: number): Said {
  return { request, class: group, group, edges: null, answer: Uint8Array.of(1), state: group, time };
}

/** Sessions with a number of their own, in which some things are asked for and one of them again. */
function sessions(dice: Dice, count: number): Context[] {
  return Array.from({ length: count }, () => {
    const id = dice.bytes(4);
    const names = Array.from({ length: 3 }, () => dice.text(WIDTH, WIDTH));
    const ask = (what: number, name: string, time: number): Said =>
      exchange(what, concat([fromLatin1('\0ASK\0\0'), id, big(0, 8), fromLatin1(name), big(0, 2)]), time);
    const said = [
      exchange(-1, new Uint8Array(0), 0),
      ...names.map((name, i) => ask(1, name, i + 1)),
      ask(2, dice.pick(names), 9),
    ];
    return { said, at: said.length - 1, environment: NOBODY, now: 9 };
  });
}

describe('a key', () => {
  it.each(seeds())('is what only some requests of a session hold (seed %i)', (seed) => {
    const contexts = sessions(new Dice(seed), 20);
    const idle = new Set([6, 7, 8, 9]);
    const [best] = findRecalls(contexts, () => null, undefined, { ...NOTHING, bytes: idle });
    for (const context of contexts) {
      const named = best && resolve(best, context)?.bytes;
      expect(named && toLatin1(named)).toBe(toLatin1(context.said[context.at]?.request ?? new Uint8Array(0)));
    }
  });

  it('may be the only one seen where it is one client’s own', () => {
    const name = new Dice(1).text(WIDTH, WIDTH);
    const put = exchange(1, fromLatin1(`PUT ${name} away\r\n`), 1);
    const said = [exchange(-1, new Uint8Array(0), 0), put, exchange(2, fromLatin1(`GET ${name}\r\n`), 2)];
    const contexts: Context[] = [{ said, at: 2, environment: NOBODY, now: 9 }];
    const isName = (value: Uint8Array) => toLatin1(value) === name;
    expect(findRecalls(contexts, () => null)).toEqual([]);
    const [best] = findRecalls(contexts, () => null, undefined, NOTHING, isName);
    const [context] = contexts;
    expect(context && best && resolve(best, context)?.bytes).toEqual(put.request);
  });
});
