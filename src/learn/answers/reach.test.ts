/** Which of two rules for the same values is the better one. */
import { describe, expect, it } from 'vitest';
import { fromLatin1 } from '../../bytes/bytes.js';
import { reachesBetter, type Found } from './reach.js';
import type { Line } from './sample.js';

const lines = ['weight abc', 'weight de', 'weight fgh'].map((text) => ({ bytes: fromLatin1(text) }) as Line);
const at = Int32Array.of(7, 7, 7);
const found = (cost: number, ...lengths: number[]): Found => {
  const span = {
    of: { kind: 'request', back: 1 },
    from: { kind: 'start', offset: 3 },
    to: { kind: 'varint' },
  } as const;
  const rule = { kind: 'copy', span, transform: { kind: 'copy' } } as const;
  return { rule, back: 0, lengths: Int32Array.from(lengths), support: lines.length, cost };
};

describe('a number of as many bytes as it needs', () => {
  const [whole, torn] = [found(13.3, 3, 2, 3), found(12.8, 2, 2, 2)];

  it('is better than a cheaper one that leaves something open, whichever is found first', () => {
    expect(reachesBetter(whole, torn, lines, at)).toBe(true);
    expect(reachesBetter(torn, whole, lines, at)).toBe(false);
  });

  it('is no better where it costs far more, or the cheaper one leaves nothing open', () => {
    expect(reachesBetter(found(40, 3, 2, 3), torn, lines, at)).toBe(false);
    const same = ['weight abc', 'weight dec', 'weight fgc'].map((text) => ({ bytes: fromLatin1(text) }) as Line);
    expect(reachesBetter(whole, torn, same, at)).toBe(false);
  });
});
