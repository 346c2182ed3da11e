/**
 * Line ends that a server takes for the same [new].
 *
 * Some clients end a line with LF alone, others with CR LF. Taken as they are, every text is two different requests
 * with half the samples each, and what one of them was answered says nothing of the other. Where the recorded server
 * answered both alike, requests are read as if all had ended in one way.
 */
import { LINE_ENDS, endOfLine } from '../../model/frames.js';
import { LF, isText, toLatin1 } from '../../bytes/bytes.js';
import type { Dialog } from './exchanges.js';

/** Longer requests are no lines, and of more different ones the rest is not looked at. */
const LONGEST = 4096;
const MOST = 20_000;

/** The answers to a line, by how it ended. */
type Answers = Map<Uint8Array, Set<string>>;

/**
 * The end that lines are read with, where both were seen to mean the same: `undefined` where clients use one only, or
 * where the server tells them apart or gives them back as they were.
 */
export function commonLineEnd(dialogs: readonly Dialog[]): Uint8Array | undefined {
  const lines = new Map<string, Answers>();
  const used = new Map<Uint8Array, number>();
  for (const { exchanges } of dialogs) {
    for (const { request, messages } of exchanges.slice(1)) {
      const end = request.length <= LONGEST ? endOfLine(request) : null;
      if (!end || !isText(request)) continue;
      used.set(end, (used.get(end) ?? 0) + 1);
      const line = toLatin1(request.subarray(0, request.length - end.length));
      const known: Answers | undefined = lines.get(line) ?? (lines.size < MOST ? new Map() : undefined);
      if (!known) continue;
      lines.set(line, known);
      const answers = known.get(end) ?? new Set<string>();
      known.set(end, answers.add(messages.map(toLatin1).join('\u0100')));
    }
  }
  if (used.size < LINE_ENDS.length || !meanTheSame([...lines.values()])) return undefined;
  return asWritten(dialogs) ?? LINE_ENDS[0];
}

/** Of the lines that were said with both ends, more got an answer in common than did not. */
function meanTheSame(lines: readonly Answers[]): boolean {
  const both = lines.filter((answers) => answers.size === LINE_ENDS.length);
  const alike = both.filter((answers) => {
    const [one, other] = [...answers.values()];
    return one !== undefined && other !== undefined && [...one].some((answer) => other.has(answer));
  });
  return alike.length * 2 > both.length;
}

/** The end of the lines in the server's own answers: what it gives back of a request ends so as well. */
function asWritten(dialogs: readonly Dialog[]): Uint8Array | undefined {
  const counts = new Map<Uint8Array, number>();
  for (const { exchanges } of dialogs) {
    for (const message of exchanges.flatMap((e) => e.messages)) {
      const lf = message.subarray(0, LONGEST).indexOf(LF);
      const end = lf < 0 ? null : endOfLine(message.subarray(0, lf + 1));
      if (end) counts.set(end, (counts.get(end) ?? 0) + 1);
    }
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}
