/**
 * Sessions → dialogs: the opening, then one exchange for each request with the answer that it got.
 *
 * A session that a client opened by speaking at once, while the server was greeting, is put into the
 * order that the server means: the greeting belongs to the opening, whoever was first on the wire.
 */
import { EMPTY, concat, startsWith, toLatin1 } from '../bytes/bytes.js';
import type { Message, Session } from '../capture/types.js';
import type { Environment } from '../model/types.js';

export interface Exchange {
  readonly request: Uint8Array;
  /** The answer: TCP at most one message, UDP its datagrams. */
  readonly messages: readonly Uint8Array[];
  /** For each message, whether it came from a port other than the service's. */
  readonly freshPort: readonly boolean[];
  /** Milliseconds from the request to the first byte of each message. */
  readonly delays: readonly number[];
  /** What the server did after the answer. */
  readonly close: 'stay' | 'fin' | 'rst';
  /** The client said the next request before this one was answered: whose answer is whose is a guess. */
  readonly pipelined: boolean;
  /** Unix milliseconds at which the answer began (or the request ended, when there is none). */
  readonly time: number;
  /** The exchange ends the session. */
  readonly last: boolean;
}

export interface Dialog {
  readonly session: number;
  readonly environment: Environment;
  /** The first one is the opening. */
  readonly exchanges: readonly Exchange[];
}

/** Dialogs of the sessions of one service, in their order. */
export function toDialogs(sessions: readonly Session[]): Dialog[] {
  const greeting = commonGreeting(sessions);
  return sessions.map((session) =>
    toDialog(session, session.transport === 'udp' ? session.messages : greetingFirst(session.messages, greeting)),
  );
}

/** What most servers' first words begin with, when the server speaks first in most sessions. */
function commonGreeting(sessions: readonly Session[]): Uint8Array | null {
  const greetings: Uint8Array[] = [];
  for (const { messages } of sessions) if (messages[0]?.from === 'server') greetings.push(messages[0].bytes);
  const first = greetings[0];
  if (!first || greetings.length * 4 < sessions.length) return null;
  let common = first.length;
  for (const greeting of greetings) {
    let i = 0;
    while (i < common && i < greeting.length && greeting[i] === first[i]) i++;
    common = i;
  }
  return common >= 3 ? first.subarray(0, common) : null;
}

function greetingFirst(messages: readonly Message[], greeting: Uint8Array | null): readonly Message[] {
  const [first, second, ...rest] = messages;
  if (!greeting || first?.from !== 'client' || second?.from !== 'server' || !startsWith(second.bytes, greeting, 0))
    return messages;
  return [second, first, ...rest];
}

function toDialog(session: Session, messages: readonly Message[]): Dialog {
  const exchanges: Exchange[] = [];
  let requests: Uint8Array[] = [];
  let answers: Message[] = [];
  let asked = session.start;
  const flush = (last: boolean) => {
    const udp = session.transport === 'udp';
    const close = last && session.close.by === 'server' && session.close.how !== 'open' ? session.close.how : 'stay';
    const heads = udp ? requests.slice(0, -1) : [];
    for (const request of heads) exchanges.push(unanswered(request, asked));
    exchanges.push({
      request: exchanges.length === 0 ? EMPTY : udp ? (requests.at(-1) ?? EMPTY) : concat(requests),
      messages: udp ? answers.map((m) => m.bytes) : answers.length > 0 ? [concat(answers.map((m) => m.bytes))] : [],
      freshPort: (udp ? answers : answers.slice(0, 1)).map(
        (m) => m.serverPort !== undefined && m.serverPort !== session.server.port,
      ),
      delays: (udp ? answers : answers.slice(0, 1)).map((m) => Math.max(0, (m.time - asked) * 1000)),
      time: (answers[0]?.time ?? asked) * 1000,
      close,
      pipelined: heads.length > 0,
      last,
    });
    requests = [];
    answers = [];
  };
  for (const message of messages) {
    if (message.from === 'client') {
      if (exchanges.length === 0 || answers.length > 0) flush(false);
      requests.push(message.bytes);
      asked = message.lastTime;
    } else answers.push(message);
  }
  flush(true);
  return { session: session.id, environment: { client: session.client, server: session.server }, exchanges };
}

function unanswered(request: Uint8Array, asked: number): Exchange {
  return {
    request,
    messages: [],
    freshPort: [],
    delays: [],
    time: asked * 1000,
    close: 'stay',
    pipelined: true,
    last: false,
  };
}

/** Cuts requests that hold several frames into exchanges of their own; `cut` gives the frames of a message. */
export function splitFrames(
  dialog: Dialog,
  cut: (request: Uint8Array) => Uint8Array[],
  cutAnswer: (answer: Uint8Array) => Uint8Array[] | null,
): Dialog {
  const exchanges: Exchange[] = [];
  for (const exchange of dialog.exchanges) {
    const frames = exchange.request.length > 0 ? cut(exchange.request) : [];
    if (frames.length < 2) {
      exchanges.push(exchange);
      continue;
    }
    const answers = exchange.messages.length === 1 && exchange.messages[0] ? cutAnswer(exchange.messages[0]) : null;
    const paired = answers?.length === frames.length ? answers : null;
    frames.forEach((request, i) => {
      const isLast = i === frames.length - 1;
      const answer = paired?.[i];
      exchanges.push({
        request,
        messages: answer ? [answer] : isLast ? exchange.messages : [],
        freshPort: answer || isLast ? exchange.freshPort : [],
        delays: answer || isLast ? exchange.delays : [],
        time: exchange.time,
        close: isLast ? exchange.close : 'stay',
        pipelined: paired === null,
        last: isLast && exchange.last,
      });
    });
  }
  return { ...dialog, exchanges };
}

/** A key that two equal byte strings share. */
export function keyOf(bytes: Uint8Array): string {
  return toLatin1(bytes);
}
