import { describe, expect, it } from 'vitest';
import { fromLatin1 } from '../../bytes/bytes.js';
import { byTag } from './tags.js';

const values = (...texts: string[]) => texts.map(fromLatin1);

describe('values of several kinds', () => {
  it('are parted by their first bytes, the most frequent ones first', () => {
    expect(byTag(values('\x08a', '\x16b', '\x08c', '\x16d', '\x08e', '\x11f'), 2)).toEqual([
      [0, 2, 4],
      [1, 3],
    ]);
  });

  it('are no texts, which begin as they like', () => {
    expect(byTag([...values('one', 'other', 'odd', ''), null], 2)).toEqual([]);
  });
});
