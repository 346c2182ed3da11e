/**
 * Questions about what stands right behind texts of any length [new]: flags, kinds and counts behind a name, which
 * are at no offset of their own. A number before a text that says where it ends, in all requests and for texts of
 * several lengths, is met by chance in none.
 */
import { isText } from '../../bytes/bytes.js';
import type { Position, Source, Test } from '../../model/types.js';
import { countedFields, type CountedField } from '../answers/positions.js';

const REQUEST: Source = { kind: 'request', back: 0 };
/** Fewest requests that show where texts end, and bytes behind a text that are looked at. */
const LEAST = 4;
const REACH = 4;
/** A byte that may be any of more is no flag. */
const MOST_VALUES = 16;
/** As what a byte at an offset costs, and more for each text before it and for one that is said once. */
const COST = 6.5;
const ONCE = 4;

/** Whether a byte behind a text that all requests have is one of the values that it has there, and what such a question costs. */
export function behindTexts(requests: readonly Uint8Array[]): { test: Test; cost: number }[] {
  if (requests.length < LEAST || requests.every((bytes) => isText(bytes))) return [];
  return commonFields(requests).flatMap(({ field, ends }) =>
    Array.from({ length: REACH }, (_, offset) => offset).flatMap((offset) => {
      const counts = new Map<number, number>();
      for (const [i, bytes] of requests.entries()) {
        const byte = bytes[(ends[i] ?? 0) + offset];
        if (byte !== undefined) counts.set(byte, (counts.get(byte) ?? 0) + 1);
      }
      if (counts.size < 2 || counts.size > MOST_VALUES) return [];
      const from: Position = { kind: 'behind', ...field, offset };
      return [...counts]
        .sort((a, b) => a[0] - b[0])
        .map(([byte, count]) => ({
          test: {
            kind: 'value' as const,
            span: { of: REQUEST, from, to: { kind: 'width' as const, width: 1 } },
            values: [Uint8Array.of(byte)],
          },
          cost: COST + field.steps / 2 + offset / 2 + (count > 1 ? 0 : ONCE),
        }));
    }),
  );
}

type Field = Omit<CountedField, 'end'>;

/** The counted texts that stand at the same place in all requests and are of various lengths, with where each ends. */
function commonFields(requests: readonly Uint8Array[]): { field: Field; ends: number[] }[] {
  const [first, ...others] = requests.map(
    (bytes) => new Map(countedFields(bytes).map((field) => [keyOf(field), field])),
  );
  const found = new Map<string, { field: Field; ends: number[] }>();
  for (const [key, { end, ...field }] of first ?? []) {
    const ends = [end];
    for (const fields of others) {
      const its = fields.get(key);
      if (!its) break;
      ends.push(its.end);
    }
    // of texts that are all of one length, what is behind them is at an offset
    if (ends.length < requests.length || new Set(ends).size < 2) continue;
    if (!found.has(ends.join())) found.set(ends.join(), { field, ends });
  }
  return [...found.values()];
}

function keyOf({ at, codec, letters = 1, align = 1, steps, gap }: CountedField): string {
  const counted = codec.kind === 'binary' ? `${codec.width}/${codec.order}` : codec.kind;
  return `${at}/${counted}/${letters}/${align}/${steps}/${gap}`;
}
