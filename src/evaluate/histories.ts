/**
 * Where the real server varies by itself, as far as recordings prove it: sessions in which everything that
 * the client had said was the same, and the answers were not.
 */
import { toLatin1 } from '../bytes/bytes.js';
import type { Recorded } from './play.js';

/** All that the client had said up to an exchange, told apart from other ways to cut the same bytes. */
function historyOf(session: readonly Recorded[], index: number): string {
  return session
    .slice(0, index + 1)
    .map(({ request }) => `${request.length}:${toLatin1(request)}`)
    .join('');
}

/** Recorded answers by what the client had said. */
export class Histories {
  private readonly answers = new Map<string, Uint8Array[]>();

  constructor(sessions: readonly (readonly Recorded[])[]) {
    for (const session of sessions) {
      session.forEach(({ expected }, index) => {
        const key = historyOf(session, index);
        const known = this.answers.get(key);
        if (known) known.push(expected);
        else this.answers.set(key, [expected]);
      });
    }
  }

  /** For each byte of an answer, whether other answers of this length to the same words have another one there. */
  varying(session: readonly Recorded[], index: number): (at: number) => boolean {
    const expected = session[index]?.expected ?? new Uint8Array(0);
    const others = (this.answers.get(historyOf(session, index)) ?? []).filter((a) => a.length === expected.length);
    return (at) => others.some((other) => other[at] !== expected[at]);
  }
}
