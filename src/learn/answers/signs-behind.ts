/** Signs that stand behind an unknown part of a text in all samples [new]: whatever it is, they are no part of it. */
import { EMPTY, isAlphanumeric, isPrintable } from '../../bytes/bytes.js';
import type { Draft } from './draft.js';

/** Fewest samples that show it. */
const LEAST = 3;

/** The drafts with such signs as literals of their own. */
export function withoutSigns(drafts: readonly Draft[]): readonly Draft[] {
  return drafts.flatMap((draft): readonly Draft[] => {
    const bytes = draft.kind === 'unknown' ? signsBehind(draft.values) : EMPTY;
    if (draft.kind !== 'unknown' || bytes.length === 0) return [draft];
    const values = draft.values.map((value) => value && value.subarray(0, value.length - bytes.length));
    return [
      { ...draft, values },
      { kind: 'literal', bytes },
    ];
  });
}

/** The signs that all values of a text end on; none where a value would be left empty. */
function signsBehind(values: readonly (Uint8Array | null)[]): Uint8Array {
  const known = values.filter((value) => value !== null);
  const [first] = known;
  if (!first || known.length < LEAST || !known.every((value) => value.every(isPrintable))) return EMPTY;
  let signs = 0;
  const isBehind = (sign: number) => known.every((value) => value.length > signs + 1 && value.at(-1 - signs) === sign);
  for (
    let sign = first.at(-1);
    sign !== undefined && !isAlphanumeric(sign) && isBehind(sign);
    sign = first.at(-1 - signs)
  )
    signs++;
  return first.subarray(first.length - signs);
}
