/** What cells of a table show, and what would hold whatever they held. */
import { describe, expect, it } from 'vitest';
import type { NumberAt } from '../../../model/types.js';
import { fit } from './fit.js';

const NUMBER: NumberAt = {
  span: { of: { kind: 'request', back: 0 }, from: { kind: 'start', offset: 2 }, to: { kind: 'width', width: 2 } },
  codec: { kind: 'binary', width: 2, order: 'big' },
};

/** The samples that a table of single cells explains, by the index and the value that each of them has. */
function explained(samples: readonly (readonly [index: number, value: number])[]): readonly number[] {
  const found = fit({
    layout: {
      form: { kind: 'binary', width: 4, order: 'big' },
      count: 1,
      back: 0,
      members: samples.map((_, i) => i),
      cells: samples.map(([, value]) => [value]),
      sizes: samples.map(() => 4),
      width: 32,
      cost: 6,
    },
    index: { number: NUMBER, values: Float64Array.from(samples, ([index]) => index), cost: 5 },
    part: null,
    written: null,
  });
  return found?.holds ?? [];
}

const line = Array.from({ length: 20 }, (_, i) => [3 * i, 500 + 7 * 3 * i] as const);

describe('a table of single cells', () => {
  it('explains all that follow a function', () => {
    expect(explained(line)).toHaveLength(20);
  });

  it('does not explain one that alone tells its cell, and follows none', () => {
    expect(explained([...line, [100, 77_000_001]])).toEqual(line.map((_, i) => i));
  });

  it('explains one that follows none, where another tells the same', () => {
    expect(explained([...line, [100, 77_000_001], [100, 77_000_001]])).toHaveLength(22);
  });
});
