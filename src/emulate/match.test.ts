/** Where the regions of a class lie in a request that does not quite fit. */
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1 } from '../bytes/bytes.js';
import type { Region } from '../model/types.js';
import { roughEdges } from './match.js';

const fixed = (text: string): Region => ({ kind: 'fixed', bytes: fromLatin1(text) });
const name: Region = { kind: 'mutating', type: 'ascii', min: 3, max: 5 };

describe('the last field of a request', () => {
  const regions = [fixed('\x82\0\x01'), name, fixed('\x01')];

  it('is where it was, with a value that was never seen', () => {
    const request = concat([fromLatin1('\x82\0\x01'), fromLatin1('a long name'), Uint8Array.of(2)]);
    expect([...roughEdges(regions, request)]).toEqual([0, 3, 14, 15]);
  });

  it('is missing where a text ends without it', () => {
    const request = fromLatin1('get a long name');
    expect([...roughEdges([fixed('get '), name, fixed(' v1')], request)]).toEqual([0, 4, 7, 15]);
  });
});
