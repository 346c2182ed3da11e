/**
 * Which classes of a group are answered by the same rules [new]: their answers look alike, as `= D4` and `= 9` do, but what
 * stands in them may follow from something else for each.
 */
import type { Variant } from './answers/cover.js';
import type { Sample } from './answers/sample.js';
import { distinctValues } from './answers/parse.js';

/** Answers of some classes, and rough bits to write them down. */
interface Covered<D extends Answered> {
  readonly found: readonly D[];
  readonly cost: number;
}

interface Answered {
  readonly variant: Variant;
  readonly samples: readonly Sample[];
}

/** Classes with the answers that were learned from all of them. */
export interface Pooled<D extends Answered> {
  readonly classes: readonly number[];
  readonly found: readonly D[];
}

/** Bits for an answer more, and what the answers of a class alone have to explain beyond that. */
const ANSWER = 40;
const EXPLAINED = 40;
/** Fewest samples of a class that show by themselves what its answers are made of. */
const LEAST = 3;

/**
 * All classes of a group together, or each by itself where the regions of the classes say more than the larger number of
 * samples does, or those by themselves in whose answers much is unknown that their own rules explain.
 */
export function pooled<D extends Answered>(
  group: readonly number[],
  cover: (classes: readonly number[]) => Covered<D>,
): Pooled<D>[] {
  const together = cover(group);
  if (group.length < 2) return [{ classes: group, found: together.found }];
  const apart = group.map((id) => ({ id, ...cover([id]) }));
  const alone = ({ id, found }: (typeof apart)[number]): Pooled<D> => ({ classes: [id], found });
  if (apart.reduce((sum, { cost }) => sum + cost, 0) < together.cost) return apart.map(alone);
  const own = apart.filter(({ id, found }) => {
    const [its, theirs] = [unexplained(found, id), unexplained(together.found, id)];
    return its.samples >= LEAST && theirs.bits - its.bits > EXPLAINED;
  });
  if (own.length === 0) return [{ classes: group, found: together.found }];
  const rest = group.filter((id) => own.every((one) => one.id !== id));
  return [...(rest.length > 0 ? [{ classes: rest, found: cover(rest).found }] : []), ...own.map(alone)];
}

/** Bits of what no rule explains in the samples of a class, and for the answers that it needs. */
function unexplained(found: readonly Answered[], id: number): { readonly bits: number; readonly samples: number } {
  let [bits, count] = [0, 0];
  for (const { variant, samples } of found) {
    const lines = variant.members.flatMap((m, line) => (isOf(samples[m], id) ? [line] : []));
    if (lines.length === 0) continue;
    count += lines.length;
    bits += ANSWER;
    for (const draft of variant.messages.flat()) {
      if (draft.kind !== 'unknown') continue;
      for (const { bytes } of distinctValues(lines.map((line) => draft.values[line] ?? null)))
        bits += 8 * bytes.length + 4;
    }
  }
  return { bits, samples: count };
}

function isOf(sample: Sample | undefined, id: number): boolean {
  return sample?.context.said[sample.context.at]?.class === id;
}
