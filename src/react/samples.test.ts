/** Which conversations of strangers are learned from. */
import { expect, test } from 'vitest';
import { fairly } from './samples.js';

const sample = (source: string, size = 1) => ({ source, size });

test('a source with thousands of conversations keeps nobody out', () => {
  const many = Array.from({ length: 5_000 }, () => sample('loud'));
  const taken = fairly([...many, sample('quiet'), sample('shy'), sample('shy')], 10);
  expect(taken).toHaveLength(10);
  expect(taken.filter(({ source }) => source !== 'loud')).toHaveLength(3);
});

test('what is too large is left out, and the others are taken', () => {
  expect(fairly([sample('a', 90), sample('b', 20), sample('c', 5)], 10, 100).map(({ source }) => source)).toEqual([
    'a',
    'c',
  ]);
  expect(fairly([])).toEqual([]);
});
