/**
 * Prompts: an answer that ends in the middle of a line asks for what comes next [new].
 *
 * Two answers that end with the same prompt ask the same question, whatever stands before it, so what may be said
 * after one of them may be said after the other.
 */
import { EMPTY, LF, isText } from '../bytes/bytes.js';
import type { State } from './types.js';

/** Bytes of a prompt that are compared, the fewest that make one, and the longest line that is one. */
const COMPARED = 8;
const LEAST = 2;
const LONGEST = 80;
/** A question ends with a blank or one of these. */
const ENDS = new Set(Array.from(' :>?#$%', (sign) => sign.charCodeAt(0)));

/** The end of an answer's last line, where that asks something; empty where it does not. */
export function promptOf(answer: Uint8Array): Uint8Array {
  const line = answer.subarray(answer.lastIndexOf(LF) + 1);
  const asks = line.length >= LEAST && line.length <= LONGEST && ENDS.has(line.at(-1) ?? 0) && isText(line);
  return asks ? line.subarray(-COMPARED) : EMPTY;
}

/** What a state asks for, whatever its answer says before it; empty where it asks nothing. */
export function promptOfState({ answer, close }: State): Uint8Array {
  const last = answer.at(-1)?.pieces.at(-1);
  return last?.kind === 'literal' && close === 'stay' ? promptOf(last.bytes) : EMPTY;
}
