/**
 * Data sessions made ready to be learned from [06 §4.2 "interleaving"; new].
 *
 * A server names a port in one session, the control session; the client connects there, and what is said
 * there answers a request of the control session. So a data session is learned as one that begins with
 * that request, its cause. And what the server says in the control session once the data session is over
 * is set apart from what it says before.
 */
import { indexOf } from '../../bytes/bytes.js';
import type { Message, MessagePart, NamedPort, Session } from '../../capture/types.js';
import { dataServiceOf } from '../../model/names.js';
import type { ServiceModel } from '../../model/types.js';
import { firstAfter, framingOf, partOf, requestsOf, saidElsewhere, type Asked } from './asked.js';
import { findCallbacks, findOffers, type Offer } from './data-offers.js';
import type { Visits } from './dependencies.js';
import { keyOf } from '../dialogs/exchanges.js';
import { withSignals } from './signals.js';

/** A data session and where it belongs. */
interface Link {
  readonly session: Session;
  readonly offer: Offer;
  readonly cause: Asked | null;
}

/** Shortest beginning that what is said after data sessions is known by. */
const LEAST_WORDS = 3;
/** Share of the visits to a state that have to be the cause of a data session. */
const OFTEN = 1 / 3;

/**
 * The sessions with data sessions made to begin with their cause, control sessions with what came after
 * the data set apart, those marked that the server opened, and what one session made the server say in another
 * with its cause before it; all others as they are. Sessions that were made ready before stay as they are.
 */
export function relate(sessions: readonly Session[]): readonly Session[] {
  if (sessions.some(isRelated)) return sessions;
  const callbacks = findCallbacks(sessions);
  return withSignals(
    withData(
      sessions.map((session) => {
        const offer = callbacks.get(session);
        return offer ? { ...session, openedBy: serviceOfSession(offer.control) } : session;
      }),
    ),
  );
}

function isRelated({ dataOf, openedBy, messages }: Session): boolean {
  return dataOf !== undefined || openedBy !== undefined || messages.some((m) => m.part?.isSignal === true);
}

function withData(sessions: readonly Session[]): readonly Session[] {
  const offers = findOffers(sessions.filter((s) => s.openedBy === undefined));
  if (offers.size === 0) return sessions;
  const links = linksOf(sessions, offers);
  const words = wordsAfter([...links.values()].flat());
  const data = new Map([...links.values()].flat().map((link) => [link.session, link]));
  return sessions.map((session) => {
    const link = data.get(session);
    const own = links.get(session);
    const said = own ? controlMessages(session, own, words.get(session.server.port) ?? null) : session.messages;
    const result = own ? { ...session, messages: said } : session;
    return link ? asData(result, link) : result;
  });
}

/** For every control session its data sessions, with the requests that caused them. */
function linksOf(sessions: readonly Session[], offers: ReadonlyMap<Session, Offer>): Map<Session, Link[]> {
  const ports = new Set([...offers.values()].map(({ control }) => control.server.port));
  const framings = new Map([...ports].map((port) => [port, framingOf(port, sessions)]));
  const asked = new Map<Session, readonly Asked[]>();
  const links = new Map<Session, Link[]>();
  for (const [session, offer] of offers) {
    const { control } = offer;
    let requests = asked.get(control);
    if (!requests) {
      requests = requestsOf(control, framings.get(control.server.port) ?? { silence: 0 });
      asked.set(control, requests);
    }
    const link = { session, offer, cause: causeOf(session, offer, requests) };
    const known = links.get(control);
    if (known) known.push(link);
    else links.set(control, [link]);
  }
  return links;
}

/** The request that the data session serves: the latest before its first byte, from the one that its port answered on. */
function causeOf(session: Session, { message, control }: Offer, requests: readonly Asked[]): Asked | null {
  const [first] = session.messages;
  if (!first) return null;
  const offered = control.messages[message]?.time ?? 0;
  const at = requests.findLastIndex((r) => r.time <= offered);
  const before = requests.findLastIndex((r) => r.time <= first.time);
  if (before > at || first.from === 'server') return requests[before] ?? null;
  // a client that does not wait may send before it has asked
  const late = requests.findLastIndex((r) => r.time <= session.end);
  return requests[Math.max(before, Math.min(late, at + 1))] ?? null;
}

/** When the data session had said all that it had to say; null where it said nothing. */
function doneAt({ messages }: Session): number | null {
  return messages.length === 0 ? null : Math.max(...messages.map((m) => m.lastTime));
}

/** What messages after data sessions begin with, by the port of the control session, where that is the same for all. */
function wordsAfter(links: readonly Link[]): Map<number, Uint8Array> {
  const parts = new Map<number, Uint8Array[]>();
  for (const { session, offer, cause } of links) {
    const { control } = offer;
    const answer = cause && control.messages[cause.message + 1];
    const done = doneAt(session);
    const at = answer && done !== null ? firstAfter(answer, done) : 0;
    if (!answer || at <= 0 || at >= answer.bytes.length) continue;
    const known = parts.get(control.server.port);
    if (known) known.push(answer.bytes.subarray(at));
    else parts.set(control.server.port, [answer.bytes.subarray(at)]);
  }
  return new Map([...parts].map(([port, its]) => [port, commonStart(its)]));
}

function commonStart(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  let length = first?.length ?? 0;
  for (const part of parts) {
    let same = 0;
    while (same < length && part[same] === first?.[same]) same++;
    length = same;
  }
  return first?.subarray(0, length) ?? new Uint8Array(0);
}

/** The messages of a control session: ports that they name, and what was said after the data as messages of their own. */
function controlMessages(session: Session, links: readonly Link[], words: Uint8Array | null): Message[] {
  const ports = new Map<number, NamedPort[]>();
  const splits = new Map<number, number>();
  for (const { session: data, offer, cause } of links) {
    ports.set(offer.message, [...(ports.get(offer.message) ?? []), offer.port]);
    const answer = cause && session.messages[cause.message + 1];
    if (!cause || answer?.from !== 'server') continue;
    const at = splitOf(answer, doneAt(data), words);
    if (at < answer.bytes.length) splits.set(cause.message + 1, at);
  }
  return session.messages.flatMap((message, i) => {
    const named = ports.get(i);
    const whole = named ? { ...message, part: { ports: [...named].sort((a, b) => a.at - b.at) } } : message;
    const at = splits.get(i);
    return at === undefined ? [whole] : cutAt(whole, at);
  });
}

/** Where in an answer begins what was said after the data. */
function splitOf(answer: Message, done: number | null, words: Uint8Array | null): number {
  const at = done === null ? answer.bytes.length : firstAfter(answer, done);
  if (at > 0 && at < answer.bytes.length) return at;
  // all at once, or in no clear order: it is known by its words
  const found = words && words.length >= LEAST_WORDS ? indexOf(answer.bytes, words) : -1;
  return found < 0 ? at : found;
}

function cutAt(message: Message, at: number): Message[] {
  const after: MessagePart = { ...message.part, isAfter: true };
  if (at === 0) return [{ ...message, part: after }];
  const head = partOf(message, 0, at);
  const tail = partOf(message, at, message.bytes.length);
  return [message.part ? { ...head, part: message.part } : head, { ...tail, part: { isAfter: true } }];
}

function asData(session: Session, { offer, cause }: Link): Session {
  const dataOf = { service: `tcp/${offer.control.server.port}`, session: offer.control.id };
  if (!cause) return { ...session, dataOf };
  const first = saidElsewhere(cause.bytes, cause.time, { isCause: true });
  return { ...session, dataOf, messages: [first, ...session.messages] };
}

/** The services with the states marked whose requests are handed to data sessions. */
export function withFeeding(
  services: readonly ServiceModel[],
  sessions: readonly Session[],
  visits: ReadonlyMap<string, Visits>,
): ServiceModel[] {
  const causes = new Map<string, Map<number, number>>();
  for (const { dataOf, messages } of sessions) {
    const [cause] = messages;
    if (!dataOf || cause?.part?.isCause !== true) continue;
    const its = visits.get(dataOf.service)?.get(dataOf.session) ?? [];
    const key = keyOf(cause.bytes);
    const before = its.filter((v) => v.asked <= cause.time + 1e-6);
    const visit = before.findLast((v) => keyOf(v.request) === key) ?? before.at(-1);
    if (!visit) continue;
    const states = causes.get(dataOf.service) ?? new Map<number, number>();
    causes.set(dataOf.service, states.set(visit.state, (states.get(visit.state) ?? 0) + 1));
  }
  return services.map((service) => {
    const name = `${service.transport}/${service.port}`;
    const states = causes.get(name);
    const isLearned = services.some((other) => other.named?.by === name);
    if (!states || !isLearned || service.named) return service;
    const all = new Map<number, number>();
    for (const its of visits.get(name)?.values() ?? [])
      for (const { state } of its) all.set(state, (all.get(state) ?? 0) + 1);
    const feeds = new Set([...states].filter(([s, n]) => n >= OFTEN * (all.get(s) ?? 0)).map(([s]) => s));
    return { ...service, states: service.states.map((s) => (feeds.has(s.id) ? { ...s, feedsData: true } : s)) };
  });
}

/** What was seen of sessions that servers opened: a remark for each service. */
export function remarksOnCallbacks(sessions: readonly Session[]): Map<string, string> {
  const counts = new Map<string, number>();
  for (const { openedBy } of sessions) if (openedBy) counts.set(openedBy, (counts.get(openedBy) ?? 0) + 1);
  return new Map(
    [...counts].map(([service, count]) => [
      service,
      `${count} connection${count === 1 ? '' : 's'} that the server opened, to ports that its clients had named: left out, for the emulator opens none.`,
    ]),
  );
}

/** What a session is learned as: its service, as in `tcp/21`. */
export function serviceOfSession({ transport, server, dataOf }: Session): string {
  return dataOf ? dataServiceOf(dataOf.service) : `${transport}/${server.port}`;
}
