/** Strays put together by their heads: none of them is lost. */
import { describe, expect, it } from 'vitest';
import { Dice } from '../../../tests/helpers/sessions.js';
import { gatherByHead } from './heads.js';

describe('strays with bodies like no other', () => {
  it('are all in a cluster, also those whose head few have', () => {
    const dice = new Dice(1);
    const frame = (code: number) => Uint8Array.from([0, code, ...dice.bytes(40)]);
    const requests = [1, 1, 1, 1, 1, 1, 1, 1, 1, 9].map(frame);
    // the last two were taken for alike
    const clusters = [[0], [1], [2], [3], [4], [5], [6], [7], [8, 9]];
    expect(gatherByHead(clusters, requests, undefined, 1)).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8], [9]]);
  });
});
