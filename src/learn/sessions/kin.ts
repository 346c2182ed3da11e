/**
 * Services of one host that speak the same learn from each other's samples: what is said over TCP and over UDP, or on
 * two ports. The poorer one takes what the richer one was asked, in the form that it has itself: over TCP a length may
 * stand in front of each message.
 *
 * They speak the same where most of the poorer one's requests were said to the richer one as well, byte for byte but
 * for a few, and the answers to these agree.
 */
import { concat } from '../../bytes/bytes.js';
import type { Message, Session } from '../../capture/types.js';
import { cutByLength, frameLength } from '../../model/frames.js';
import { writeNumber } from '../../model/number.js';
import type { BinaryNumber } from '../../model/terms.js';
import type { LengthField } from '../../model/types.js';
import { sampleSessions } from './sample-sessions.js';
import { spread } from '../spread.js';

/** Services that are compared with each other, and exchanges of each of them. */
const MOST_SERVICES = 24;
const MOST_COMPARED = 200;

/** Part of two requests that is the same where they ask the same, and of the answers to them. */
const ALIKE = 0.85;
const AGREE = 0.75;

/** So many of the poorer one's requests, and such a part of them, were said to the richer one; such a part of the answers agree. */
const LEAST_SHARED = 4;
const SHARED = 0.5;
const AGREEING = 0.8;

/** What stands before each message of a stream: bytes that are always the same, and the length of what is behind it. */
interface Prefix {
  readonly head: Uint8Array;
  readonly field: LengthField & { readonly codec: BinaryNumber };
}

interface Asked {
  readonly session: Session;
  readonly request: Uint8Array;
  readonly answer: Uint8Array;
}

/**
 * For each service that speaks the same as a richer one of its host: the sessions of that one, as if they had been had
 * with the poorer one.
 */
export function kinSessions(services: ReadonlyMap<string, readonly Session[]>): Map<string, readonly Session[]> {
  const fit = [...services].map(([name, all]) => ({ name, sessions: sampleSessions(all.filter(isFit)) }));
  const known = fit
    .filter(({ sessions }) => sessions.length > 0)
    .map((service) => ({ ...service, asked: asksOf(service.sessions).length }))
    .sort((a, b) => b.asked - a.asked)
    .slice(0, MOST_SERVICES);
  const taken = new Map<string, readonly Session[]>();
  known.forEach((poorer, i) => {
    for (const richer of known.slice(0, i)) {
      const sessions = richer.asked > poorer.asked ? takenFrom(richer.sessions, poorer.sessions) : [];
      if (sessions.length === 0) continue;
      taken.set(poorer.name, sessions);
      return;
    }
  });
  return taken;
}

/** Sessions that have nothing to do with others. */
function isFit({ outcome, dataOf, openedBy, messages }: Session): boolean {
  return outcome === 'complete' && !dataOf && openedBy === undefined && messages.every(({ part }) => !part);
}

/** The richer one's sessions as the poorer one would have had them; none: they do not speak the same. */
function takenFrom(richer: readonly Session[], poorer: readonly Session[]): readonly Session[] {
  const [one, other] = [richer[0], poorer[0]];
  if (!one || !other || one.server.address !== other.server.address) return [];
  const asked = sampled(asksOf(poorer));
  let best: readonly Session[] = [];
  let most = 0;
  for (const recast of recasts(richer, poorer)) {
    const sessions = richer.map(recast);
    const found = compared(sessions, asked);
    if (!found || found.likeness <= most) continue;
    most = found.likeness;
    best = sessions.filter((s) => !found.against.has(s));
  }
  return best;
}

const sampled = (asked: readonly Asked[]) => spread(asked, MOST_COMPARED);

interface Compared {
  /** Sessions with an answer other than the poorer service gave. */
  readonly against: ReadonlySet<Session>;
  /** How alike the requests that both saw are, in all. */
  readonly likeness: number;
}

/** What the two have in common; null: they do not speak the same. */
function compared(sessions: readonly Session[], own: readonly Asked[]): Compared | null {
  const others = sampled(asksOf(sessions));
  const against = new Set<Session>();
  let [shared, agreeing, likeness] = [0, 0, 0];
  for (const { request, answer } of own) {
    const alike = others.map((other) => likenessOf(other.request, request));
    const best = Math.max(...alike);
    if (!(best >= ALIKE)) continue;
    shared++;
    likeness += best;
    const nearest = others.filter((_, i) => alike[i] === best);
    if (nearest.some((other) => likenessOf(other.answer, answer) >= AGREE)) agreeing++;
    else for (const { session } of nearest) against.add(session);
  }
  const isSame = shared >= LEAST_SHARED && shared >= SHARED * own.length && agreeing >= AGREEING * shared;
  return isSame ? { against, likeness } : null;
}

/** Part of the longer one that both have at one place, from the beginning or from the end. */
function likenessOf(a: Uint8Array, b: Uint8Array): number {
  const most = Math.max(a.length, b.length);
  if (most === 0) return 1;
  const least = Math.min(a.length, b.length);
  if (least < most * AGREE) return 0;
  let [front, behind] = [0, 0];
  for (let i = 0; i < least; i++) {
    if (a[i] === b[i]) front++;
    if (a[a.length - 1 - i] === b[b.length - 1 - i]) behind++;
  }
  return Math.max(front, behind) / most;
}

/** Requests with the message that came next, and what a server says first. */
function asksOf(sessions: readonly Session[]): Asked[] {
  return sessions.flatMap((session) =>
    session.messages.flatMap((message, i, { [i - 1]: before }) => {
      if (message.from !== 'server' || (i > 0 && before?.from !== 'client')) return [];
      return [{ session, request: before?.bytes ?? new Uint8Array(), answer: message.bytes }];
    }),
  );
}

type Recast = (session: Session) => Session;

/** The ways in which what is said to one service may be written for the other one. */
function recasts(richer: readonly Session[], poorer: readonly Session[]): Recast[] {
  const [from, to] = [richer[0], poorer[0]];
  if (!from || !to) return [];
  const as = (session: Session, messages: readonly Message[]): Session => ({
    ...session,
    transport: to.transport,
    server: to.server,
    messages,
    ...(from.transport === to.transport ? {} : { close: closeOf(to), halfClosed: false }),
  });
  const plain: Recast = (session) => as(session, session.messages);
  if (from.transport === to.transport) return [plain];
  if (from.transport === 'udp')
    return [
      plain,
      ...prefixesOf(poorer).map(
        (p): Recast =>
          (s) =>
            as(s, withPrefix(p, onceEach(s.messages))),
      ),
    ];
  return [
    plain,
    ...prefixesOf(richer).map((p): Recast => {
      return (s) => as(s, withoutPrefix(p, s.messages));
    }),
  ];
}

/** How a session ends that never ended so: of a stream, the client is done; of datagrams nobody ends any. */
function closeOf({ transport }: Session): Session['close'] {
  return transport === 'udp' ? { by: 'nobody', how: 'open' } : { by: 'client', how: 'fin' };
}

/** Datagrams without those that were said again. */
function onceEach(messages: readonly Message[]): readonly Message[] {
  return messages.filter((m, i) => {
    const before = messages[i - 1];
    return before?.from !== m.from || likenessOf(before.bytes, m.bytes) < 1;
  });
}

function withPrefix({ head, field }: Prefix, messages: readonly Message[]): Message[] {
  return messages.map((message) => {
    const number = writeNumber(field.codec, message.bytes.length - field.add);
    return withBytes(message, concat([head, number ?? new Uint8Array(field.codec.width), message.bytes]));
  });
}

function withoutPrefix({ head, field }: Prefix, messages: readonly Message[]): Message[] {
  const size = head.length + field.codec.width;
  return messages.flatMap((message) =>
    (cutByLength(field, message.bytes) ?? []).map((frame) => withBytes(message, frame.subarray(size))),
  );
}

function withBytes({ from, time, lastTime }: Message, bytes: Uint8Array): Message {
  return { from, time, lastTime, bytes, pieces: [bytes.length] };
}

/** The lengths that may stand in front: where the length is, and how wide it is. */
const PLACES = [
  { offset: 0, width: 2 },
  { offset: 0, width: 4 },
  { offset: 1, width: 3 },
  { offset: 2, width: 2 },
  { offset: 0, width: 1 },
] as const;

/** What may stand in front of all messages of these sessions. */
function prefixesOf(sessions: readonly Session[]): Prefix[] {
  const messages = spread(
    sessions.flatMap((s) => s.messages.map(({ bytes }) => bytes)),
    MOST_COMPARED,
  );
  const fields = PLACES.flatMap(({ offset, width }) =>
    (['big', 'little'] as const).flatMap((order) =>
      [0, -(offset + width)].map((add) => ({ offset, codec: { kind: 'binary' as const, width, order }, add })),
    ),
  );
  return fields.flatMap((field) => {
    const head = messages[0]?.subarray(0, field.offset);
    return head && messages.every((m) => isFramed(m, head, field)) ? [{ head, field }] : [];
  });
}

/** Whether a message is nothing but frames that begin with these bytes. */
function isFramed(message: Uint8Array, head: Uint8Array, field: LengthField): boolean {
  for (let at = 0; at < message.length;) {
    if (!head.every((byte, i) => message[at + i] === byte)) return false;
    const length = frameLength(field, message, at);
    if (length === null || length <= 0 || at + length > message.length) return false;
    at += length;
  }
  return true;
}
