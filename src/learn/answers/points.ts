/** Numbers with a point that the server makes up [new]: the point has its place between two numbers, it is no digit among others. */
import { fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import type { Context } from '../../model/meaning.js';
import { distinctValues } from './costs.js';
import type { Draft } from './draft.js';
import { isMadeUp } from './made-up.js';

const DECIMAL = /^-?[0-9]+\.[0-9]+$/;
const POINT = fromLatin1('.');

/** The drafts with such numbers in two parts, and the point between them. */
export function withPoints(drafts: readonly Draft[], contexts: readonly Context[]): readonly Draft[] {
  return drafts.flatMap((draft): readonly Draft[] => {
    if (draft.kind !== 'unknown') return [draft];
    const { values } = draft;
    if (!values.every((value) => value !== null && DECIMAL.test(toLatin1(value)))) return [draft];
    if (!isMadeUp(distinctValues(values), values, contexts)) return [draft];
    const part = (of: (value: Uint8Array, point: number) => Uint8Array): Draft => ({
      ...draft,
      values: values.map((value) => value && of(value, value.indexOf(POINT[0] ?? 0))),
    });
    return [
      part((value, point) => value.subarray(0, point)),
      { kind: 'literal', bytes: POINT },
      part((value, point) => value.subarray(point + 1)),
    ];
  });
}
