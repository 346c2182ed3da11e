/** The dialogs as rules look at them: every exchange with the class of its request. */
import { concat } from '../bytes/bytes.js';
import { fixedBytes, matchRegions } from '../model/match.js';
import type { Said } from '../model/meaning.js';
import type { Held } from '../model/registers.js';
import type { Grouping } from './classes/classes.js';
import { keyOf, type Dialog } from './dialogs/exchanges.js';

export type Writable<T> = { -readonly [K in keyof T]: T[K] };

export interface Row {
  readonly dialog: Dialog;
  readonly said: Writable<Said>[];
  /** The sessions of the same source around this one, in their order. */
  past: readonly (readonly Said[])[];
  /** For each exchange what the registers of the service held before it; absent: there are none. */
  registers?: readonly Held[];
}

/** Sessions of the same source before this one, and behind it (they may have begun before it ended). */
const BEFORE = 32;
const BEHIND = 4;

/** The dialogs with the class of every request. */
export function classified(dialogs: readonly Dialog[], groupings: readonly Grouping[]): Row[] {
  const known = new Map<string, number>();
  groupings.forEach((grouping, id) => {
    for (const { bytes } of grouping.requests) known.set(keyOf(bytes), id);
  });
  const rows = dialogs.map((dialog): Row => ({
    dialog,
    past: [],
    said: dialog.exchanges.map((exchange, i) => {
      const id = i === 0 ? -1 : (known.get(keyOf(exchange.request)) ?? bestMatch(groupings, exchange.request));
      const grouping = groupings[id];
      return {
        request: exchange.request,
        class: id,
        group: grouping?.group ?? -1,
        edges: grouping
          ? (matchRegions(grouping.regions, exchange.request) ?? matchRegions(grouping.regions, exchange.request, true))
          : null,
        answer:
          exchange.messages.length === 1 && exchange.messages[0] ? exchange.messages[0] : concat(exchange.messages),
        state: -1,
        time: exchange.time,
        asked: exchange.time - (exchange.delays[0] ?? 0),
        ...(i === 0 && dialog.over !== undefined ? { over: dialog.over } : {}),
      };
    }),
  }));
  remember(rows);
  return rows;
}

/** Gives every row the sessions of the same source around it. */
export function remember(rows: readonly Row[]): void {
  const bySource = new Map<string, Row[]>();
  for (const row of rows) {
    const source = row.dialog.environment.client.address;
    const known = bySource.get(source);
    if (known) known.push(row);
    else bySource.set(source, [row]);
  }
  for (const its of bySource.values()) {
    its.forEach((row, i) => {
      if (its.length > 1) row.past = its.slice(Math.max(0, i - BEFORE), i + 1 + BEHIND).map((r) => r.said);
    });
  }
}

function bestMatch(groupings: readonly Grouping[], request: Uint8Array): number {
  let best = -1;
  let most = -1;
  groupings.forEach(({ regions }, id) => {
    const fixed = fixedBytes(regions);
    if (fixed > most && matchRegions(regions, request)) [best, most] = [id, fixed];
  });
  return best;
}
