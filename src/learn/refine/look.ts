/** Sessions beside a model: what of them it knows, and what it would answer right. */
import type { Session } from '../../capture/types.js';
import { serviceName } from '../../model/names.js';
import type { ServiceModel } from '../../model/types.js';
import { relate, serviceOfSession } from '../sessions/data-sessions.js';
import type { Row } from '../rows.js';
import { contextOf } from '../spots.js';
import { NEW, type Emulated } from './follow.js';
import { gives } from './gives.js';
import { beside } from './service.js';

/** What of a service's sessions is known. */
export interface Seen {
  readonly service: string;
  readonly sessions: number;
  /** Of them those with a new request. */
  readonly holding: number;
  readonly known: number;
  readonly new: number;
  readonly otherwise: number;
}

export interface Look {
  readonly services: readonly Seen[];
  /** New requests of a session. */
  newIn(session: number): number;
  /** Known requests of a session that the host answered otherwise. */
  otherwiseIn(session: number): number;
  /** Exchanges whose answers the model gives. */
  readonly right: ReadonlySet<string>;
}

/** The sessions that something can be learned from, by service. */
export function byService(sessions: readonly Session[]): Map<string, Session[]> {
  const services = new Map<string, Session[]>();
  for (const session of sessions) {
    if (session.openedBy !== undefined) continue;
    const name = serviceOfSession(session);
    const known = services.get(name);
    if (known) known.push(session);
    else services.set(name, [session]);
  }
  return services;
}

/** Fit to be learned from. */
export const isSound = (s: Session): boolean => s.outcome === 'complete' && s.messages.length > 0;

/** The server's address in most of the sessions. */
export function serverOf(sessions: readonly Session[]): string {
  const counts = new Map<string, number>();
  for (const { server } of sessions) counts.set(server.address, (counts.get(server.address) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
}

/** Looks at sessions as the emulator would. */
export function lookAt(services: readonly ServiceModel[], sessions: readonly Session[], emulated: Emulated): Look {
  const found = new Map<number, number>();
  const others = new Map<number, number>();
  const right = new Set<string>();
  const seen: Seen[] = [];
  for (const [name, its] of byService(relate(sessions))) {
    const sound = its.filter(isSound);
    if (sound.length === 0) continue;
    const service = services.find((s) => serviceName(s) === name);
    if (!service) {
      const requests = (s: Session): number => s.messages.filter((m) => m.from === 'client').length;
      for (const s of sound) found.set(s.id, Math.max(1, requests(s)));
      const all = sound.reduce((sum, s) => sum + requests(s), 0);
      seen.push({ service: name, sessions: sound.length, holding: sound.length, known: 0, new: all, otherwise: 0 });
      continue;
    }
    const here = emulated.at(service, { address: serverOf(sound), port: service.port });
    const counts = { known: 0, new: 0, otherwise: 0 };
    for (const row of beside(here, sound, emulated).rows) {
      const before = counts.otherwise;
      const fresh = count(here, row, counts, right);
      others.set(row.dialog.session, counts.otherwise - before);
      if (fresh > 0) found.set(row.dialog.session, (found.get(row.dialog.session) ?? 0) + fresh);
    }
    const holding = sound.filter(({ id }) => found.has(id)).length;
    seen.push({ service: name, sessions: sound.length, holding, ...counts });
  }
  return { services: seen, newIn: (s) => found.get(s) ?? 0, otherwiseIn: (s) => others.get(s) ?? 0, right };
}

/** Counts the requests of a session; @returns the new ones. */
function count(
  service: ServiceModel,
  row: Row,
  counts: { known: number; new: number; otherwise: number },
  right: Set<string>,
): number {
  let fresh = 0;
  const { dialog, said } = row;
  said.forEach(({ class: id, state }, at) => {
    const exchange = dialog.exchanges[at];
    const reached = service.states[state];
    if (at === 0 || !exchange) return;
    if (id === NEW) {
      fresh++;
      return;
    }
    counts.known++;
    if (reached && gives(reached, contextOf({ row, at }), exchange.messages)) right.add(`${dialog.session}:${at}`);
    else if (!exchange.pipelined) counts.otherwise++;
  });
  counts.new += fresh;
  return fresh;
}
