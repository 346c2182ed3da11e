/**
 * Counters whose carry was not seen [new]: where the high bytes of a binary number never changed in
 * training they pass for a copy, and the last byte for a counter of its own. Together they are one number,
 * which does not stop at 255.
 */
import { concat, equal } from '../../bytes/bytes.js';
import { produce } from '../../model/meaning.js';
import type { NumberCodec } from '../../model/types.js';
import type { Draft } from './draft.js';
import type { Line } from './sample.js';

type RuleDraft = Draft & { kind: 'rule' };

const MOST_COPIED = 3;

/** The drafts with every counter of one byte joined to the copied bytes beside it, where those are on one side only. */
export function withCarry(drafts: readonly Draft[], lines: readonly Line[]): Draft[] {
  const result = [...drafts];
  for (let i = 0; i < result.length; i++) {
    const counter = result[i];
    if (counter?.kind !== 'rule') continue;
    const [before, behind] = [result[i - 1], result[i + 1]];
    const big = before?.kind === 'rule' ? joined(before, counter, 'big', lines) : null;
    const little = behind?.kind === 'rule' ? joined(behind, counter, 'little', lines) : null;
    if (big && !little) result.splice(--i, 2, big);
    else if (little && !big) result.splice(i, 2, little);
  }
  return result;
}

function joined(copy: RuleDraft, counter: RuleDraft, order: 'big' | 'little', lines: readonly Line[]): Draft | null {
  const { rule } = counter;
  if (copy.rule.kind !== 'copy' || rule.kind !== 'number' || rule.span.from.kind !== 'start') return null;
  if (rule.write.kind !== 'binary' || rule.write.width !== 1) return null;
  const copied = copy.values.find((v) => v !== null)?.length ?? 0;
  const offset = rule.span.from.offset - (order === 'big' ? copied : 0);
  if (copied < 1 || copied > MOST_COPIED || offset < 0) return null;
  const width = copied + 1;
  const codec: NumberCodec = { kind: 'binary', width, order };
  const from = { kind: 'start', offset } as const;
  const wide = {
    ...rule,
    span: { ...rule.span, from, to: { kind: 'width', width } },
    read: codec,
    write: codec,
  } as const;
  const values = counter.values.map((value, i) => {
    const high = copy.values[i];
    return value && high ? concat(order === 'big' ? [high, value] : [value, high]) : null;
  });
  const holds = values.every((value, i) => {
    const line = lines[i];
    const given = value && line ? produce(wide, line.context, () => 0) : null;
    return !value || (given !== null && equal(given, value));
  });
  return holds ? { ...counter, rule: wide, values } : null;
}
