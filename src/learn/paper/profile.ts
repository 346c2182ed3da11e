/**
 * Multiple alignment of the requests of one cluster: progressive, along their UPGMA tree [05 §2.4.1].
 *
 * The most similar requests are aligned first; what has been aligned is a profile that is then aligned
 * as if it were one message. A column of a profile stands for its byte where nearly all rows agree; a
 * column that varies stands for its class of bytes, so that chance letters of one value do not pull
 * the letters of the next one.
 */
import { alignSymbols, byteClass, distance, OPEN } from './align.js';
import { upgma, type Tree } from './upgma.js';
import { EMPTY } from '../../bytes/bytes.js';

/** Share of the rows that must agree for a column to stand for its byte. */
const AGREED = 0.7;

interface Profile {
  readonly members: readonly number[];
  /** For each member: column → index in that sample, or -1. */
  readonly rows: readonly Int32Array[];
  readonly symbols: Uint16Array;
}

/**
 * Aligns all samples with each other: for each of them column → index or -1, the same number of columns
 * for all. `weights` shape the tree as counts of equal samples would.
 *
 * @param apart the distance of two samples, where it is known already
 */
export function alignAll(
  samples: readonly Uint8Array[],
  weights: readonly number[],
  apart: (i: number, j: number) => number = (i, j) => distance(samples[i] ?? EMPTY, samples[j] ?? EMPTY),
): Int32Array[] {
  if (samples.length === 0) return [];
  const tree = upgma(samples.length, apart, weights);
  const profile = profileOf(tree, samples);
  const rows: Int32Array[] = [];
  profile.members.forEach((member, k) => (rows[member] = profile.rows[k] ?? new Int32Array(0)));
  return rows;
}

function profileOf(tree: Tree, samples: readonly Uint8Array[]): Profile {
  if (tree.left === null || tree.right === null) {
    const member = tree.members[0] ?? 0;
    const bytes = samples[member] ?? new Uint8Array(0);
    return { members: [member], rows: [Int32Array.from(bytes, (_, i) => i)], symbols: Uint16Array.from(bytes) };
  }
  const left = profileOf(tree.left, samples);
  const right = profileOf(tree.right, samples);
  const { a, b } = alignSymbols(left.symbols, right.symbols);
  const members = [...left.members, ...right.members];
  const rows = [
    ...left.rows.map((row) => a.map((column) => (column < 0 ? -1 : (row[column] ?? -1)))),
    ...right.rows.map((row) => b.map((column) => (column < 0 ? -1 : (row[column] ?? -1)))),
  ];
  return { members, rows, symbols: symbolsOf(members, rows, a.length, samples) };
}

function symbolsOf(
  members: readonly number[],
  rows: readonly Int32Array[],
  columns: number,
  samples: readonly Uint8Array[],
): Uint16Array {
  const symbols = new Uint16Array(columns);
  const bytes = new Uint16Array(256);
  const classes = new Uint16Array(8);
  for (let column = 0; column < columns; column++) {
    bytes.fill(0);
    classes.fill(0);
    for (let k = 0; k < rows.length; k++) {
      const index = rows[k]?.[column] ?? -1;
      if (index < 0) continue;
      const byte = samples[members[k] ?? 0]?.[index] ?? 0;
      bytes[byte] = (bytes[byte] ?? 0) + 1;
      const kind = byteClass(byte);
      classes[kind] = (classes[kind] ?? 0) + 1;
    }
    const byte = mostFrequent(bytes);
    symbols[column] = (bytes[byte] ?? 0) >= AGREED * rows.length ? byte : OPEN + mostFrequent(classes);
  }
  return symbols;
}

/** Index of the largest count, the lowest on ties. */
function mostFrequent(counts: Uint16Array): number {
  let best = 0;
  for (let i = 1; i < counts.length; i++) if ((counts[i] ?? 0) > (counts[best] ?? 0)) best = i;
  return best;
}
