/** Which of the lines that are read side by side a rule is looked for in, and for how many it has to hold. */
import { resolve, type Place } from '../../model/meaning.js';
import type { Recall, Source } from '../../model/types.js';
import type { Line } from './sample.js';

const REFERENCES = 3;
const MOST_REFERENCES = 5;
/** Fewest lines of all in which something recalled is told again. */
const LEAST_RECALLED = 3;

/** A few lines whose bytes at the difference are not the same; then a few that recall something that those do not. */
export function references(lines: readonly Line[], at: Int32Array): number[] {
  const chosen: number[] = [];
  const bytes = new Set<number>();
  for (let i = 0; i < lines.length && chosen.length < REFERENCES; i++) {
    const byte = lines[i]?.bytes[at[i] ?? 0];
    if (byte === undefined || bytes.has(byte)) continue;
    bytes.add(byte);
    chosen.push(i);
  }
  const recalls = lines[0]?.use.recalls ?? [];
  const known = new Set(recalls.filter((recall) => chosen.some((i) => isRecalled(recall, lines[i]))));
  for (let i = 0; i < lines.length && chosen.length < MOST_REFERENCES && known.size < recalls.length; i++) {
    const more = recalls.filter((recall) => !known.has(recall) && isRecalled(recall, lines[i]));
    if (more.length === 0) continue;
    for (const recall of more) known.add(recall);
    chosen.push(i);
  }
  return chosen;
}

/** Whether what was said earlier about the same thing is known in a line. */
function isRecalled(recall: Recall, line: Line | undefined): boolean {
  return line !== undefined && resolve(recall, line.context) !== null;
}

/** A third of the lines; of what is recalled, those lines in which something is. */
export function leastOf(source: Source, places: readonly (Place | null)[]): number {
  const third = places.length / 3;
  if (source.kind !== 'recall' || source.keys.length === 0) return third;
  const known = places.filter((place) => place !== null).length;
  return Math.min(third, Math.max(LEAST_RECALLED, known));
}
