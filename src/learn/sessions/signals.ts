/**
 * Messages that another session of the same source causes [06 §4.2 "session interleaving"]: the first packet after a
 * request in one session is the server's in another one.
 *
 * What was caused is learned where it is said: the session is made to hold the request of the other one, as a signal
 * (`model/signals.ts`), right before what the server said then. So it is answered like a request, by rules that look
 * at the signal and at all that was said in the session before. Order alone would take a slow answer for one that was
 * caused; so most of what is taken for caused between two services has to give back something of its cause.
 */
import { EMPTY, toLatin1 } from '../../bytes/bytes.js';
import { groupConversations } from '../../capture/conversations.js';
import type { Message, Session } from '../../capture/types.js';
import { binaryAt } from '../../model/number.js';
import { signalOf } from '../../model/signals.js';
import type { Framing, ServiceModel } from '../../model/types.js';
import { framingOf, partOf, requestsOf, saidElsewhere, timesOf, type Asked } from './asked.js';
import { nameOf, type Visits } from './dependencies.js';

/** Seconds within which what is caused follows its cause. */
const SOON = 1;
/** Seconds after which a session that was answered is taken to be at rest. */
const AT_REST = 0.015;
/** Bytes in a row that two messages have in common to be counted, and how many such places tell that one gives back the other. */
const GRAM = 4;
const GIVEN_BACK = 4;
/** Bytes of a message that are compared. */
const COMPARED = 16_384;
/** Messages between two services that prove it: in several conversations, or in one. */
const LEAST = 3;
const LEAST_IN_ONE = 5;
/** Share of them that has to give back something. */
const TELLING = 0.5;
/** Share of the visits to a state, of those with somebody to hear of it, that have to cause something. */
const OFTEN = 0.5;
/** So many times as often as behind something elsewhere, a plain answer is said right away. */
const PLAINLY = 4;
/** Requests of other sessions that may be the cause. */
const MOST_CAUSES = 16;

/** A request, and where it was said. */
interface Cause extends Asked {
  readonly session: Session;
}

/** What a server said in a session because of something in another one. */
interface Caused {
  readonly session: Session;
  readonly message: number;
  /** Offset in the message. */
  readonly at: number;
  readonly cause: Cause;
  readonly givesBack: boolean;
}

/** A session with the signals that it hears. */
interface Listener {
  readonly session: Session;
  readonly heard: readonly { readonly time: number; readonly words: string }[];
}

/** The sessions with signals put before what they caused; all others as they are. */
export function withSignals(sessions: readonly Session[]): readonly Session[] {
  const framings = new Map<number, Framing>();
  const framing = (port: number): Framing => {
    let known = framings.get(port);
    if (!known) framings.set(port, (known = framingOf(port, sessions)));
    return known;
  };
  const all = groupConversations(sessions.filter((s) => s.outcome === 'complete' && s.openedBy === undefined)).map(
    ({ sessions: own }) => causedIn(own, framing),
  );
  const found = withoutSlow(all, sessions).filter((its) => its.length > 0);
  const proven = provenPairs(found);
  const bySession = new Map<Session, Caused[]>();
  for (const caused of found.flat()) {
    if (!proven.has(pairOf(caused))) continue;
    const known = bySession.get(caused.session);
    if (known) known.push(caused);
    else bySession.set(caused.session, [caused]);
  }
  if (bySession.size === 0) return sessions;
  return sessions.map((session) => {
    const its = bySession.get(session);
    return its ? { ...session, messages: signalled(session, its) } : session;
  });
}

/** Everything in a conversation that may have been caused in another session. */
function causedIn(sessions: readonly Session[], framing: (port: number) => Framing): Caused[] {
  if (!areAtOnce(sessions)) return [];
  const requests = sessions
    .flatMap((session) =>
      requestsOf(session, session.transport === 'tcp' ? framing(session.server.port) : { silence: 0 }).map(
        (asked): Cause => ({ ...asked, session }),
      ),
    )
    .sort((a, b) => a.time - b.time);
  return sessions.filter((s) => s.transport === 'tcp').flatMap((session) => causedInSession(session, requests));
}

/** Whether a connection was open while another session went on; the sessions come in the order of their beginnings. */
function areAtOnce(sessions: readonly Session[]): boolean {
  let [any, connection] = [-Infinity, -Infinity];
  return sessions.some(({ transport, start, end }) => {
    const isDuring = start < (transport === 'tcp' ? any : connection);
    any = Math.max(any, end);
    if (transport === 'tcp') connection = Math.max(connection, end);
    return isDuring;
  });
}

function causedInSession(session: Session, requests: readonly Cause[]): Caused[] {
  const found: Caused[] = [];
  session.messages.forEach((message, m) => {
    if (message.from !== 'server') return;
    const before = session.messages[m - 1];
    let last = before?.lastTime ?? session.start;
    let at = 0;
    timesOf(message).forEach((time, piece) => {
      const bytes = message.bytes.subarray(at, at + (message.pieces[piece] ?? 0));
      const candidates = causesBetween(requests, Math.max(last, time - SOON), time, session);
      const best = likeliest(candidates, bytes, before?.from === 'client' ? before.bytes : null);
      const isAtRest = best !== null && (piece > 0 || before?.from === 'server') && best.cause.time - last >= AT_REST;
      if (best && (best.givesBack || isAtRest)) found.push({ session, message: m, at, ...best });
      at += bytes.length;
      last = time;
    });
  });
  return found;
}

/**
 * What may have been caused without the answers that are only slow: what a server mostly says right behind the requests
 * of its own client, it said to them there too.
 */
function withoutSlow(conversations: readonly (readonly Caused[])[], sessions: readonly Session[]): Caused[][] {
  const counts = new Map<string, { late: number; all: number }>();
  for (const caused of conversations.flat()) {
    if (!isAnswer(caused.session, caused.message) || caused.at > 0) continue;
    const key = sayingOf(caused.session, caused.message);
    const known = counts.get(key);
    if (known) known.late++;
    else counts.set(key, { late: 1, all: 0 });
  }
  if (counts.size === 0) return conversations.map((its) => [...its]);
  for (const session of sessions) {
    session.messages.forEach((_, m) => {
      const known = isAnswer(session, m) ? counts.get(sayingOf(session, m)) : undefined;
      if (known) known.all++;
    });
  }
  const isSlow = ({ session, message, at }: Caused): boolean => {
    if (!isAnswer(session, message) || at > 0) return false;
    const { late = 0, all = 0 } = counts.get(sayingOf(session, message)) ?? {};
    return all >= PLAINLY * late;
  };
  return conversations.map((its) => its.filter((caused) => !isSlow(caused)));
}

/** Whether the server says something right behind what the client of the session said. */
function isAnswer({ messages }: Session, m: number): boolean {
  return messages[m]?.from === 'server' && messages[m - 1]?.from === 'client';
}

function sayingOf(session: Session, m: number): string {
  return `${portOf(session)} ${toLatin1(session.messages[m]?.bytes.subarray(0, COMPARED) ?? EMPTY)}`;
}

/** Requests of other sessions after one time and up to another, the latest of them. */
function causesBetween(requests: readonly Cause[], after: number, until: number, session: Session): Cause[] {
  let end = requests.length;
  let low = 0;
  while (low < end) {
    const middle = (low + end) >> 1;
    if ((requests[middle]?.time ?? Infinity) <= until) low = middle + 1;
    else end = middle;
  }
  const causes: Cause[] = [];
  for (let i = low - 1; i >= 0 && causes.length < MOST_CAUSES; i--) {
    const request = requests[i];
    if (!request || request.time <= after) break;
    if (request.session !== session) causes.push(request);
  }
  return causes;
}

/** Of some requests the one that most of a message gives back, or the latest. */
function likeliest(
  causes: readonly Cause[],
  message: Uint8Array,
  own: Uint8Array | null,
): Pick<Caused, 'cause' | 'givesBack'> | null {
  if (causes.length === 0) return null;
  let best: Cause | null = null;
  let most = -1;
  const theirs = gramsOf(message);
  const mine = own ? gramsOf(own) : new Set<number>();
  for (const cause of causes) {
    let common = 0;
    for (const gram of gramsOf(cause.bytes)) if (theirs.has(gram) && !mine.has(gram)) common++;
    if (common > most) [best, most] = [cause, common];
  }
  return best && { cause: best, givesBack: most >= GIVEN_BACK };
}

/** The runs of a few bytes in a message, but for those of one byte alone. */
function gramsOf(bytes: Uint8Array): Set<number> {
  const grams = new Set<number>();
  const length = Math.min(bytes.length, COMPARED);
  for (let at = 0; at + GRAM <= length; at++) {
    const gram = binaryAt(bytes, at, GRAM, 'big');
    if (gram !== ((bytes[at] ?? 0) * 0x01010101) >>> 0) grams.add(gram);
  }
  return grams;
}

function pairOf({ cause, session }: Caused): string {
  return `${portOf(cause.session)} ${portOf(session)}`;
}

function portOf({ transport, server }: Session): string {
  return nameOf({ transport, port: server.port });
}

/** The pairs of services of which the first makes the second speak. */
function provenPairs(conversations: readonly (readonly Caused[])[]): Set<string> {
  const pairs = new Map<string, { all: number; telling: number; conversations: Set<number> }>();
  conversations.forEach((its, conversation) => {
    for (const caused of its) {
      const key = pairOf(caused);
      const pair = pairs.get(key) ?? { all: 0, telling: 0, conversations: new Set<number>() };
      pairs.set(key, pair);
      pair.all++;
      if (!caused.givesBack) continue;
      pair.telling++;
      pair.conversations.add(conversation);
    }
  });
  const isProven = ({
    all,
    telling,
    conversations: its,
  }: {
    all: number;
    telling: number;
    conversations: Set<number>;
  }) => telling >= (its.size > 1 ? LEAST : LEAST_IN_ONE) && telling >= TELLING * all;
  return new Set([...pairs].filter(([, pair]) => isProven(pair)).map(([key]) => key));
}

/** The messages of a session with signals between them. */
function signalled(session: Session, caused: readonly Caused[]): Message[] {
  return session.messages.flatMap((message, m) => {
    const its = caused.filter((c) => c.message === m);
    if (its.length === 0) return [message];
    const ends = [...its.slice(1).map(({ at }) => at), message.bytes.length];
    const head = its[0] && its[0].at > 0 ? [partOf(message, 0, its[0].at)] : [];
    return [
      ...head,
      ...its.flatMap(({ cause, at }, i) => [signal(cause), partOf(message, at, ends[i] ?? message.bytes.length)]),
    ];
  });
}

function signal({ session, bytes, time }: Cause): Message {
  return saidElsewhere(signalOf(portOf(session), bytes), time, { isSignal: true });
}

/** The services with the states marked whose requests are signals to the other sessions of their source. */
export function withTriggers(
  services: readonly ServiceModel[],
  sessions: readonly Session[],
  visits: ReadonlyMap<string, Visits>,
): ServiceModel[] {
  const listeners = listenersIn(sessions);
  if (listeners.size === 0) return [...services];
  const counts = new Map<string, Map<number, { heard: number; all: number }>>();
  for (const session of sessions) {
    const service = portOf(session);
    const others = (listeners.get(session.client.address) ?? []).filter((other) => other.session !== session);
    for (const { state, asked, request } of visits.get(service)?.get(session.id) ?? []) {
      const present = others.filter((other) => isHearing(other, asked));
      if (present.length === 0) continue;
      const states = counts.get(service) ?? new Map<number, { heard: number; all: number }>();
      counts.set(service, states);
      const known = states.get(state) ?? { heard: 0, all: 0 };
      states.set(state, known);
      known.all++;
      const said = wordsOf(signalOf(service, request));
      if (present.some(({ heard }) => heard.some((h) => h.words === said && Math.abs(h.time - asked) < SOON)))
        known.heard++;
    }
  }
  return services.map((service) => {
    const its = service.named ? undefined : counts.get(nameOf(service));
    if (!its) return service;
    const states = service.states.map((state) => {
      const { heard = 0, all = 0 } = its.get(state.id) ?? {};
      return heard > 0 && heard >= OFTEN * all ? { ...state, signals: true as const } : state;
    });
    return { ...service, states };
  });
}

/** The sessions that hear signals, by their source. */
function listenersIn(sessions: readonly Session[]): Map<string, Listener[]> {
  const listeners = new Map<string, Listener[]>();
  for (const session of sessions) {
    const heard = session.messages.filter((m) => m.part?.isSignal === true);
    if (heard.length === 0) continue;
    const listener = { session, heard: heard.map(({ time, bytes }) => ({ time, words: wordsOf(bytes) })) };
    const known = listeners.get(session.client.address);
    if (known) known.push(listener);
    else listeners.set(session.client.address, [listener]);
  }
  return listeners;
}

/** From the first signal that a session hears to the last, it is sure that it would hear one. */
function isHearing({ heard }: Listener, time: number): boolean {
  return time >= (heard[0]?.time ?? Infinity) - SOON && time <= (heard.at(-1)?.time ?? -Infinity) + SOON;
}

/** A request without the difference between line ends that mean the same. */
function wordsOf(bytes: Uint8Array): string {
  return toLatin1(bytes).replaceAll('\r', '');
}
