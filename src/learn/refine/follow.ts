/**
 * New sessions beside the machine [06]: which of their requests it knows, and the states that they reach.
 *
 * The emulator's own matching is handed in, so that what counts as known here is what it would answer.
 */
import { concat } from '../../bytes/bytes.js';
import { decide, type Said } from '../../model/meaning.js';
import type { ServiceModel } from '../../model/types.js';
import type { Endpoint } from '../../capture/types.js';
import type { Dialog } from '../dialogs/exchanges.js';
import { holdRegisters } from '../registers/events.js';
import { remember, type Row, type Writable } from '../rows.js';

/** What the emulator takes a request for. */
export interface Found {
  readonly class: number;
  readonly edges: Int32Array | null;
  /** `nearest`: it is not known, but this is like it. */
  readonly known: 'here' | 'elsewhere' | 'nearest';
}

/** What the emulator does with a service; learning itself does not know the emulator. */
export interface Emulated {
  /** Made ready for matching requests in a state. */
  find(service: ServiceModel): (state: number, request: Uint8Array) => Found | null;
  /** As if it had been recorded at this address. */
  at(service: ServiceModel, server: Endpoint): ServiceModel;
}

/** The state of an exchange whose request is not known. */
export const NEW = -1;

/** The sessions with the class and the state of every request that is known; others have neither. */
export function follow(service: ServiceModel, dialogs: readonly Dialog[], find: ReturnType<Emulated['find']>): Row[] {
  const rows = dialogs.map((dialog): Row => ({ dialog, said: [], past: [] }));
  remember(rows);
  for (const row of rows) {
    row.dialog.exchanges.forEach((exchange, at) => {
      const { request, messages, time } = exchange;
      const answer = messages.length === 1 && messages[0] ? messages[0] : concat(messages);
      const said: Writable<Said> = { request, class: -1, group: -1, edges: null, answer, state: NEW, time };
      row.said.push(said);
      if (at === 0) said.state = 0;
      else know(service, row, at, said, find);
    });
  }
  // what they held before the first session nobody knows
  const { registers } = service;
  if (registers)
    holdRegisters(
      rows,
      registers,
      registers.map(() => null),
    );
  return rows;
}

function know(
  service: ServiceModel,
  row: Row,
  at: number,
  said: Writable<Said>,
  find: ReturnType<Emulated['find']>,
): void {
  const found = find(row.said[at - 1]?.state ?? NEW, said.request);
  const known = found && found.known !== 'nearest' ? service.classes[found.class] : undefined;
  if (!found || !known) return;
  said.class = known.id;
  said.group = known.group;
  said.edges = found.edges;
  const { environment } = row.dialog;
  said.state = decide(known.select, { said: row.said, at, environment, now: said.time, past: row.past });
}
