/** How messages are told apart in the stream. */
import { describe, expect, it } from 'vitest';
import { learnFraming } from './framing.js';

const message = (kind: number, ...body: readonly number[]) => Uint8Array.of(kind, body.length, ...body);

describe('the framing of few messages', () => {
  const requests = [[1], [1, 2, 3], [4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 5, 6, 7]].map((body) => message(16, ...body));
  const field = learnFraming(requests).length;
  const two = (a: Uint8Array, b: Uint8Array) => Uint8Array.of(...a, ...b);
  const answers = [
    message(32, 0, 0),
    two(message(144, 0, 1, 0), message(48, 7, 7, 7, 7)),
    two(message(144, 0, 1, 2), message(48, 9, 9)),
  ];

  it('is that of the other side where it cuts all of them', () => {
    expect(field).toMatchObject({ offset: 1, add: 0 });
    expect(learnFraming(answers).length).toBeUndefined();
    expect(learnFraming(answers, field).length).toEqual(field);
  });

  it('is not that of the other side where it cuts through one of them, or there are hardly any', () => {
    expect(learnFraming([...answers, Uint8Array.of(1, 9, 9)], field).length).toBeUndefined();
    expect(learnFraming(answers.slice(0, 2), field).length).toBeUndefined();
  });
});
