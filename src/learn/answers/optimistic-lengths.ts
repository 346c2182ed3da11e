/**
 * A number in a text that says how long what stands behind it is, told from one or two samples [new].
 *
 * Everything behind a line end, or all of that but the last line end, is counted by decimal numbers before it: a
 * content by a line of the head, a value by the line before. Once something there may be longer, the number has to be
 * right, or the client waits for the rest, or cuts it off.
 */
import { concat, isText, toLatin1 } from '../../bytes/bytes.js';
import { DECIMAL, writeNumber } from '../../model/number.js';
import type { Rule } from '../../model/types.js';
import type { Draft } from './draft.js';
import { TO_THE_END } from './draft.js';

/** Bytes of an answer that are looked at. */
const HEAD = 8192;
/** A number as a word of its own that ends its line. */
const NUMBER = /(?<![0-9A-Za-z.,])(?:0|[1-9][0-9]{0,6})(?=\r?\n)/g;
/** A shorter number counts only what the next line holds. */
const DIGITS = 2;

/** The drafts of a text answer with a number in a literal as the length of what stands behind it. */
export function withTextLength(drafts: readonly Draft[], samples: number): Draft[] {
  if (drafts.some((d) => d.kind === 'rule' && (d.rule.kind === 'length' || d.rule.kind === 'checksum')))
    return [...drafts];
  const first = drafts.map((d) => (d.kind === 'literal' ? d.bytes : (d.values[0] ?? null)));
  const parts = first.filter((bytes) => bytes !== null);
  const whole = concat(parts);
  if (parts.length < first.length || whole.length > HEAD || !isText(whole)) return [...drafts];
  const isLevel = drafts.every((d, i) => d.kind === 'literal' || d.values.every((v) => v?.length === first[i]?.length));
  if (!isLevel) return [...drafts];
  const text = toLatin1(whole);
  let start = 0;
  for (const [i, draft] of drafts.entries()) {
    // where the first value behind the number begins
    const next = drafts.slice(i).findIndex(mayVary);
    const value = next < 0 ? -1 : start + sum(first.slice(i, i + next));
    if (draft.kind === 'literal' && next >= 0) {
      for (const match of toLatin1(draft.bytes).matchAll(/[0-9]+/g)) {
        const add = countedFrom(text, start + match.index, value);
        if (add === null) continue;
        const rule: Rule = { kind: 'length', from: 0, to: TO_THE_END, add, write: DECIMAL };
        const bytes = writeNumber(DECIMAL, Number(match[0]));
        if (!bytes) continue;
        const values = Array.from({ length: samples }, () => bytes);
        const at = match.index;
        const inPlace: Draft[] = [
          { kind: 'literal', bytes: draft.bytes.subarray(0, at) },
          { kind: 'rule', rule, values, support: samples, cost: 0 },
          { kind: 'literal', bytes: draft.bytes.subarray(at + match[0].length) },
        ];
        return [
          ...drafts.slice(0, i),
          ...inPlace.filter((d) => d.kind !== 'literal' || d.bytes.length > 0),
          ...drafts.slice(i + 1),
        ];
      }
    }
    start += first[i]?.length ?? 0;
  }
  return [...drafts];
}

/** Whether it is longer for some requests than for others. */
function mayVary(draft: Draft): boolean {
  return draft.kind !== 'literal' && !(draft.kind === 'rule' && draft.rule.kind === 'clock');
}

function sum(parts: readonly (Uint8Array | null)[]): number {
  return parts.reduce((all, part) => all + (part?.length ?? 0), 0);
}

/** What is to be added to the length of everything behind a number so that it is that number; null where it counts nothing, or not all from the first value on. */
function countedFrom(text: string, at: number, first: number): number | null {
  NUMBER.lastIndex = at;
  const match = NUMBER.exec(text);
  if (match?.index !== at) return null;
  const [digits] = match;
  const value = Number(digits);
  const behind = text.slice(at + digits.length);
  const last = /\r?\n$/.exec(behind)?.[0].length ?? 0;
  for (let line = behind.indexOf('\n'); line >= 0 && line + 1 < behind.length; line = behind.indexOf('\n', line + 1)) {
    const rest = behind.length - line - 1;
    if (first < text.length - rest) return null;
    if (value > 0 && (value === rest || value === rest - last)) return value - behind.length;
    if (digits.length < DIGITS) return null;
  }
  return null;
}
