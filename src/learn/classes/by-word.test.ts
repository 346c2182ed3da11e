/** Which words make a class of their own. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromLatin1 } from '../../bytes/bytes.js';
import { byWord } from './by-word.js';

const said = (text: string, by: readonly number[], kind = 0) => {
  const bytes = fromLatin1(text);
  return {
    bytes,
    shape: bytes,
    count: 1,
    kinds: new Map([[kind, 1]]),
    sources: new Set(by.map((client) => `10.0.0.${client}`)),
  };
};
const several = (least: number) =>
  fc.uniqueArray(fc.stringMatching(/^[a-z]{4,7}$/), { minLength: least, maxLength: least });

describe('a region of a few words that recur', () => {
  const commands = ['OPEN', 'CLOSE', 'CHECK'];

  it('parts requests where many clients say each of them', () => {
    fc.assert(
      fc.property(several(30), (names) => {
        const requests = names.map((name, i) => said(`do: ${commands[i % 3] ?? ''} =${name}= now`, [i]));
        const parts = byWord({ group: '0', requests });
        expect(parts.map(({ requests: its }) => its.length)).toEqual([10, 10, 10]);
      }),
    );
  });

  it('parts none where each client has a word of its own that it says again and again', () => {
    fc.assert(
      fc.property(several(12), several(36), (own, names) => {
        const requests = names.map((name, i) => said(`agent: ${own[i % 12] ?? ''} =${name}= now`, [i % 12]));
        expect(byWord({ group: '0', requests })).toHaveLength(1);
      }),
    );
  });

  it('parts none behind a name, where all are answered alike', () => {
    fc.assert(
      fc.property(several(30), (names) => {
        const word = (i: number) => commands[i % 3] ?? '';
        const request = (name: string, i: number) => `task: =${name}= ${word(i)} =${names[29 - i] ?? ''}= now`;
        const parted = (kind: (i: number) => number) =>
          byWord({ group: '0', requests: names.map((name, i) => said(request(name, i), [i], kind(i))) }).length;
        expect(parted(() => 4)).toBe(1);
        expect(parted((i) => i % 3)).toBe(3);
      }),
    );
  });

  it('parts none behind a name, where the word tells nothing of which of several answers is given', () => {
    fc.assert(
      fc.property(several(40), (names) => {
        const request = (name: string, i: number) =>
          `task: =${name}= ${commands[i % 3] ?? ''} =${names[39 - i] ?? ''}=`;
        const kind = (i: number) => Math.floor(i / 3) % 4;
        const requests = names.map((name, i) => said(request(name, i), [i], kind(i)));
        expect(byWord({ group: '0', requests })).toHaveLength(1);
      }),
    );
  });
});
