import { describe, expect, it } from 'vitest';
import { fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import { isValue, phrasesIn } from './phrases.js';

const texts = (request: string, isCounted = false): string[] => {
  const bytes = fromLatin1(request);
  return phrasesIn(bytes, isCounted).map(({ from, to }) => toLatin1(bytes.subarray(from, to)));
};

describe('counted texts of a binary request', () => {
  it('are told by the number before them, whatever its width and order', () => {
    expect(texts('\x01\x00\x09lunch now\xff')).toEqual(['lunch now']);
    expect(texts('\x01\x09\x00lunch now\xff')).toEqual(['lunch now']);
    expect(texts('\x01\x00\x00\x00\x09lunch now\xff')).toEqual(['lunch now']);
    expect(texts('\x01\x81\x09lunch now\xff')).toEqual(['lunch now']);
  });

  it('end where the number says, also where other text follows', () => {
    expect(texts('0\x00\x05lunchnow and then')).toEqual(['lunch']);
  });

  it('are none where the number is another one, or all is text', () => {
    expect(texts('\x01\x83\x07lunch now\xff')).toEqual([]);
    expect(texts('lunch now\r\n')).toEqual([]);
  });

  it('include what a request that says its own length ends with', () => {
    expect(texts('\x30\x0c\x00\x05lunch now\x01and then')).toEqual(['lunch']);
    expect(texts('\x30\x0c\x00\x05lunch now\x01and then', true)).toEqual(['lunch', 'and then']);
  });

  it('come with the lengths of what they are a part of', () => {
    const [phrase] = phrasesIn(fromLatin1('\xee\x0c\x1f\x00\x09lunch now\xff'), false);
    expect(phrase?.counts).toEqual([4, 1]);
  });
});

it('a text without blanks and digits may be a name of the protocol’s', () => {
  expect(['browser', '$SYS/version'].some(isValue)).toBe(false);
  expect(['heron77', 'lunch at noon', 'reports/2'].every(isValue)).toBe(true);
});
