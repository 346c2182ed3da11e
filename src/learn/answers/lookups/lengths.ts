/**
 * Lengths around records [new]: records are of different lengths even where those of the samples are not, so a
 * number before them that is the length of all behind it is that, however few samples show it.
 */
import { readNumberAt } from '../../../model/number.js';
import type { NumberCodec } from '../../../model/types.js';
import type { Draft } from '../draft.js';

/** As `TO_THE_END` of parse.ts: the rule covers all pieces behind it. */
const ALL_BEHIND = -1;
/** Smaller numbers are too often something else. */
const LEAST = 6;

/** The drafts of one message with those lengths found in its literals. */
export function withLengths(drafts: readonly Draft[]): readonly Draft[] {
  const last = drafts.findLastIndex((d) => d.kind === 'rule' && d.rule.kind === 'lookup');
  const lookup = drafts[last];
  if (lookup?.kind !== 'rule' || lookup.rule.kind !== 'lookup') return drafts;
  const codec = lookup.rule.form.key.length;
  const samples = lookup.values.length;
  return drafts.flatMap((draft, i) => {
    const rest = draft.kind === 'literal' && i < last ? restAfter(drafts, i) : null;
    return draft.kind === 'literal' && rest !== null ? cut(draft.bytes, rest, codec, samples) : [draft];
  });
}

/** Bytes behind a draft, when they are as many in every sample. */
function restAfter(drafts: readonly Draft[], i: number): number | null {
  let sum = 0;
  for (const draft of drafts.slice(i + 1)) {
    const widths = new Set(
      draft.kind === 'literal' ? [draft.bytes.length] : draft.values.filter((v) => v !== null).map((v) => v.length),
    );
    if (widths.size !== 1) return null;
    sum += [...widths][0] ?? 0;
  }
  return sum;
}

function cut(literal: Uint8Array, rest: number, codec: NumberCodec, samples: number): Draft[] {
  const drafts: Draft[] = [];
  let from = 0;
  for (let at = 0; at < literal.length; at++) {
    const read = readNumberAt(codec, literal, at);
    if (!read || read.value < LEAST || read.value !== literal.length - at - read.width + rest) continue;
    if (at > from) drafts.push({ kind: 'literal', bytes: literal.subarray(from, at) });
    from = at + read.width;
    const value = literal.subarray(at, from);
    const rule = { kind: 'length', from: 0, to: ALL_BEHIND, add: 0, write: codec } as const;
    drafts.push({
      kind: 'rule',
      rule,
      values: Array.from({ length: samples }, () => value),
      support: samples,
      cost: 4,
    });
    at = from - 1;
  }
  if (from < literal.length) drafts.push({ kind: 'literal', bytes: literal.subarray(from) });
  return drafts;
}
