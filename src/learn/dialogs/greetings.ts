/**
 * How sessions begin where both sides may speak at once [new]: what a server says without being asked belongs to the
 * opening, whoever was first on the wire and wherever its packets were cut by what the client said meanwhile.
 */
import { EMPTY, commonLength, concat, startsWith, toLatin1 } from '../../bytes/bytes.js';
import type { Message, Session } from '../../capture/types.js';
import { inTurn, withBytes } from './turns.js';

/** A greeting has to begin with so many bytes that are the same. */
const LEAST_GREETING = 3;
/** Longer openings are no greetings. */
const LONGEST = 4096;
/** Sessions in which a greeting has to be whole before anything was asked, of how many. */
const LEAST_WHOLE = 2;
const SHARE = 0.1;
/** The part of the sessions that have to go on with the rest of it. */
const NEARLY_ALL = 0.9;

/** The messages of each session of a service, with the server's greeting first, and whole. */
export function greeted(sessions: readonly Session[]): (readonly Message[])[] {
  const common = commonGreeting(sessions);
  const ordered = sessions.map(({ messages }) => greetingFirst(messages, common));
  const whole = wholeGreeting(ordered);
  return whole ? ordered.map((messages) => cutBehind(messages, whole)) : ordered;
}

/** What most servers' first words begin with, when the server speaks first in most sessions. */
function commonGreeting(sessions: readonly Session[]): Uint8Array | null {
  const greetings: Uint8Array[] = [];
  for (const { messages } of sessions) if (messages[0]?.from === 'server') greetings.push(messages[0].bytes);
  const first = greetings[0];
  if (!first || greetings.length * 4 < sessions.length) return null;
  const common = greetings.reduce(
    (least, greeting) => Math.min(least, commonLength(greeting, 0, first, 0)),
    first.length,
  );
  return common >= LEAST_GREETING ? first.subarray(0, common) : null;
}

function greetingFirst(messages: readonly Message[], greeting: Uint8Array | null): readonly Message[] {
  const [first, second, ...rest] = messages;
  if (!greeting || first?.from !== 'client' || second?.from !== 'server') return messages;
  if (startsWith(second.bytes, greeting, 0)) return [second, first, ...rest];
  // the client may have gone on before the greeting was whole
  const isCut = second.bytes.length >= LEAST_GREETING && startsWith(greeting, second.bytes, 0);
  return isCut ? inTurn([second, first, ...rest]) : messages;
}

/** The beginning of a session that a server greets: its greeting, what the client says then, and what the server says to that. */
interface Beginning {
  readonly greeting: Message;
  readonly asked: Message;
  readonly answer: Message | null;
}

function beginningOf(messages: readonly Message[]): Beginning | null {
  const [greeting, asked, answer] = messages;
  if (greeting?.from !== 'server' || asked?.from !== 'client' || greeting.bytes.length > LONGEST) return null;
  if ([greeting, asked, answer].some((message) => message?.part !== undefined)) return null;
  return { greeting, asked, answer: answer?.from === 'server' ? answer : null };
}

/**
 * The longest greeting that a server said before it was asked anything, where it was cut in other sessions: these go
 * on, in the answer to what the client said too early, just as it does. Null where no session was cut.
 */
function wholeGreeting(sessions: readonly (readonly Message[])[]): Uint8Array | null {
  const begun = sessions.map(beginningOf).filter((begin) => begin !== null);
  const counts = new Map<string, { readonly bytes: Uint8Array; times: number }>();
  for (const { greeting } of begun) {
    const key = toLatin1(greeting.bytes);
    const known = counts.get(key);
    if (known) known.times++;
    else counts.set(key, { bytes: greeting.bytes, times: 1 });
  }
  // greetings that are all alike, or have something of their own in each session, are not cut
  if (counts.size < 2 || counts.size * 4 > begun.length) return null;
  const candidates = [...counts.values()]
    .filter(({ times }) => times >= Math.max(LEAST_WHOLE, begun.length * SHARE))
    .sort((a, b) => b.bytes.length - a.bytes.length);
  for (const { bytes } of candidates) {
    const going = begun.filter((begin) => goesOn(begin, bytes));
    if (going.length >= begun.length * NEARLY_ALL)
      return going.some(({ greeting }) => greeting.bytes.length !== bytes.length) ? bytes : null;
  }
  return null;
}

/** Whether what the server says first begins with a greeting, if need be over what the client says meanwhile. */
function goesOn(begin: Beginning, whole: Uint8Array): boolean {
  return startsWith(begin.greeting.bytes, whole, 0) || startsWith(saidIn(begin), whole, 0);
}

/** All that the server says first, as if the client had said nothing meanwhile. */
function saidIn({ greeting, answer }: Beginning): Uint8Array {
  return concat([greeting.bytes, answer?.bytes ?? EMPTY]);
}

/** The session with what belongs to the greeting in it, and the rest behind what the client said first. */
function cutBehind(messages: readonly Message[], whole: Uint8Array): readonly Message[] {
  const begin = beginningOf(messages);
  if (!begin || begin.greeting.bytes.length === whole.length || !goesOn(begin, whole)) return messages;
  const { greeting, asked, answer } = begin;
  const rest = saidIn(begin).subarray(whole.length);
  const others = messages.slice(answer ? 3 : 2);
  const behind = rest.length === 0 ? [] : [withBytes(answer ?? { ...greeting, time: asked.lastTime }, rest)];
  return [withBytes(greeting, whole), asked, ...behind, ...others];
}
