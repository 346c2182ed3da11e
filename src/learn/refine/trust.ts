/**
 * How far new samples are believed [new]: they come from whoever talks to the emulator. No source outvotes the
 * others, and none makes the model grow past a bound.
 */
import type { State } from '../../model/types.js';
import type { Grouping } from '../classes/classes.js';
import { keyOf } from '../dialogs/exchanges.js';
import { spread } from '../spread.js';
import type { Row } from '../rows.js';
import { NEW } from './follow.js';

export interface Trust {
  /** New classes of one refinement of a service; states are at most four times as many. */
  readonly maxGrowth: number;
  /** Of them those that only one source has asked for. */
  readonly maxFromOne: number;
  /** Samples of one source in one class. */
  readonly perSource: number;
  /** Bytes of all new answers of a service. */
  readonly maxBytes: number;
  /** Known requests are learned anew where the host answers them otherwise and something in them explains it. */
  readonly correct: boolean;
}

export const TRUST: Trust = {
  maxGrowth: 256,
  maxFromOne: 64,
  perSource: 20,
  maxBytes: 4 * 1024 * 1024,
  correct: false,
};

/** New requests of one source that are looked at, for each class that it may bring. */
const LOOKED_AT = 8;

/** Exchanges by their place. */
export type Places = ReadonlySet<string>;

export const placeOf = (row: Row, at: number): string => `${row.dialog.session}:${at}`;

const sourceOf = (row: Row): string => row.dialog.environment.client.address;

/** The new exchanges of sources that have more of them than anybody may bring, but for some from all over. */
export function beyondSource(rows: readonly Row[], { maxFromOne }: Trust): Set<string> {
  const bySource = new Map<string, string[]>();
  for (const row of rows) {
    row.said.forEach(({ class: id }, at) => {
      if (at === 0 || id !== NEW) return;
      const its = bySource.get(sourceOf(row)) ?? [];
      its.push(placeOf(row, at));
      bySource.set(sourceOf(row), its);
    });
  }
  const beyond = new Set<string>();
  for (const its of bySource.values()) {
    const taken = new Set(spread(its, maxFromOne * LOOKED_AT));
    for (const place of its) if (!taken.has(place)) beyond.add(place);
  }
  return beyond;
}

/** Adds what one source has said more than `perSource` times of what falls into one cluster; @returns whether it did. */
export function beyondShare(
  rows: readonly Row[],
  clusters: readonly Grouping[],
  beyond: Set<string>,
  { perSource }: Trust,
): boolean {
  const before = beyond.size;
  const cluster = new Map<string, number>();
  clusters.forEach(({ requests }, id) => {
    for (const { bytes } of requests) cluster.set(keyOf(bytes), id);
  });
  const counts = new Map<string, number>();
  for (const row of rows) {
    row.said.forEach(({ class: id, request }, at) => {
      if (at === 0 || id !== NEW || beyond.has(placeOf(row, at))) return;
      const key = `${sourceOf(row)} ${cluster.get(keyOf(request)) ?? -1}`;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      if (count > perSource) beyond.add(placeOf(row, at));
    });
  }
  return beyond.size > before;
}

/** The classes that may be added: those that most sources have asked for, and of one source's only so many. */
export function withinGrowth(
  groupings: readonly Grouping[],
  rows: readonly Row[],
  { maxGrowth, maxFromOne }: Trust,
  remarks: string[],
): Grouping[] {
  const sources = new Map<string, Set<string>>();
  for (const row of rows)
    row.said.forEach(({ request }, at) => {
      if (at === 0) return;
      const key = keyOf(request);
      sources.set(key, (sources.get(key) ?? new Set<string>()).add(sourceOf(row)));
    });
  const told = groupings.map((grouping, i) => {
    const by = new Set(grouping.requests.flatMap(({ bytes }) => [...(sources.get(keyOf(bytes)) ?? [])]));
    return { grouping, i, by, samples: grouping.requests.reduce((sum, r) => sum + r.count, 0) };
  });
  const order = [...told].sort((a, b) => b.by.size - a.by.size || b.samples - a.samples || a.i - b.i);
  const fromOne = new Map<string, number>();
  const kept = new Set<Grouping>();
  for (const { grouping, by } of order) {
    const [only] = by;
    if (kept.size >= maxGrowth) break;
    if (by.size === 1 && only !== undefined) {
      const count = (fromOne.get(only) ?? 0) + 1;
      if (count > maxFromOne) continue;
      fromOne.set(only, count);
    }
    kept.add(grouping);
  }
  if (kept.size < groupings.length)
    remarks.push(
      `${groupings.length - kept.size} new classes were left out: more than ${maxGrowth} in all, or ${maxFromOne} from one source (--max-growth).`,
    );
  return groupings.filter((g) => kept.has(g));
}

/** Bytes that a state adds to a model. */
export function bytesOf(state: State): number {
  let bytes = 0;
  const walk = (value: unknown): void => {
    if (value instanceof Uint8Array) bytes += value.length;
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk);
  };
  walk(state.answer);
  return bytes;
}
