/**
 * Dependencies between sessions [06 §4.2]: ports that a request on another port opens.
 *
 * The paper knows the list of open ports; here a port counts as closed when the capture shows it refusing
 * connections. A session on it that follows, in the same conversation, the same state of another service
 * was opened by that state.
 */
import { groupConversations } from '../../capture/conversations.js';
import type { Session } from '../../capture/types.js';
import type { Opened, ServiceModel } from '../../model/types.js';

/** When a session reached a state: seconds, as in the capture. */
export interface Visit {
  readonly time: number;
  /** The request that led there, and when it had been said. */
  readonly request: Uint8Array;
  readonly asked: number;
  readonly state: number;
}

/** The states that every session of a service went through, by session id. */
export type Visits = ReadonlyMap<number, readonly Visit[]>;

/** Share of the sessions on a port that the states found have to explain. */
const MOST_OF = 0.8;
/** Share of the visits to a state that have to open the port. */
const MOSTLY = 0.5;
/** Clocks of one capture: a request is seen before the connection that it makes possible. */
const EPSILON = 1e-3;

export function nameOf(service: { readonly transport: string; readonly port: number }): string {
  return `${service.transport}/${service.port}`;
}

/** Ports that are remembered for having refused connections. */
const MOST_REFUSED = 32;

/** Ports at which nothing was learned and which refused connections, those that were tried most often. */
export function refusedPorts(services: readonly ServiceModel[], sessions: readonly Session[]): string[] {
  const known = new Set(services.map(nameOf));
  const tried = new Map<string, number>();
  for (const { transport, server, outcome } of sessions) {
    const name = nameOf({ transport, port: server.port });
    if (outcome === 'refused' && transport === 'tcp' && !known.has(name)) tried.set(name, (tried.get(name) ?? 0) + 1);
  }
  const most = [...tried].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, MOST_REFUSED);
  return most.map(([name]) => name);
}

/**
 * The services with what opens them, where something does.
 *
 * @param closed ports that are known to have refused connections before
 */
export function withOpeners(
  services: readonly ServiceModel[],
  sessions: readonly Session[],
  visits: ReadonlyMap<string, Visits>,
  closed: readonly string[] = [],
): ServiceModel[] {
  const conversations = groupConversations(sessions).map((c) => c.sessions);
  return services.map((service) => {
    const opened = openedBy(service, conversations, visits, closed.includes(nameOf(service)));
    return opened ? { ...service, opened } : service;
  });
}

function openedBy(
  service: ServiceModel,
  conversations: readonly (readonly Session[])[],
  visits: ReadonlyMap<string, Visits>,
  wasClosed: boolean,
): Opened | null {
  const isHere = (s: Session) => s.transport === service.transport && s.server.port === service.port;
  const isClosed = wasClosed || conversations.some((its) => its.some((s) => isHere(s) && s.outcome === 'refused'));
  if (service.transport !== 'tcp' || !isClosed) return null;
  const triggers = new Map<string, { service: string; state: number; opens: number }>();
  let open = 0;
  for (const sessions of conversations) {
    for (const session of sessions.filter((s) => isHere(s) && s.outcome === 'complete')) {
      open++;
      const last = lastVisit(sessions, session.start, nameOf(service), visits);
      if (!last) continue;
      const key = `${last.service} ${last.state}`;
      const known = triggers.get(key);
      if (known) known.opens++;
      else triggers.set(key, { ...last, opens: 1 });
    }
  }
  const telling = [...triggers.values()].filter((t) => t.opens >= MOSTLY * countVisits(visits.get(t.service), t.state));
  const explained = telling.reduce((sum, t) => sum + t.opens, 0);
  if (open === 0 || explained < MOST_OF * open) return null;
  const by = [...new Set(telling.map((t) => t.service))].map((name) => ({
    service: name,
    states: telling.filter((t) => t.service === name).map((t) => t.state),
  }));
  return { by, once: closesAgain(conversations, isHere) };
}

/** The latest state of another service that the conversation reached before `time`. */
function lastVisit(
  sessions: readonly Session[],
  time: number,
  own: string,
  visits: ReadonlyMap<string, Visits>,
): { service: string; state: number } | null {
  let best: { service: string; state: number } | null = null;
  let latest = -Infinity;
  for (const session of sessions) {
    const service = nameOf({ transport: session.transport, port: session.server.port });
    if (service === own) continue;
    for (const visit of visits.get(service)?.get(session.id) ?? []) {
      if (visit.state <= 0 || visit.time > time + EPSILON || visit.time < latest) continue;
      best = { service, state: visit.state };
      latest = visit.time;
    }
  }
  return best;
}

function countVisits(visits: Visits | undefined, state: number): number {
  let count = 0;
  for (const its of visits?.values() ?? []) count += its.filter((v) => v.state === state).length;
  return count;
}

/** Whether the port refuses connections again after a session on it. */
function closesAgain(conversations: readonly (readonly Session[])[], isHere: (s: Session) => boolean): boolean {
  return conversations.some((sessions) => {
    const open = sessions.find((s) => isHere(s) && s.outcome === 'complete');
    return (
      open !== undefined && sessions.some((s) => isHere(s) && s.outcome === 'refused' && s.start >= open.end - EPSILON)
    );
  });
}
