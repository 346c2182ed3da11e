/**
 * Sessions → dialogs: the opening, then one exchange for each request with the answer that it got.
 *
 * A session that a client opened by speaking at once, while the server was greeting, is put into the
 * order that the server means (`greetings.ts`), and so is one whose client went on before an answer was whole (`late.ts`).
 */
import { EMPTY, concat, toLatin1 } from '../../bytes/bytes.js';
import type { Message, NamedPort, Session } from '../../capture/types.js';
import { cutByLength } from '../../model/frames.js';
import type { Environment, LengthField } from '../../model/types.js';
import { greeted } from './greetings.js';
import { inTime } from './late.js';

/** What the server did after an answer; `untold`: the client ended the session, so nobody knows what the server would have done. */
export type Ending = 'stay' | 'fin' | 'rst' | 'untold';

export interface Exchange {
  readonly request: Uint8Array;
  /** The answer: TCP at most one message (or its frames), and another one after the data; UDP its datagrams. */
  readonly messages: readonly Uint8Array[];
  /** The messages are the frames of one; absent: they are not. */
  readonly framed?: true;
  /** For each message, whether it was said after the data; absent: none was. */
  readonly afterData?: readonly boolean[];
  /** Where the first message names ports; absent: nowhere. */
  readonly ports?: readonly NamedPort[];
  /** For each message, whether it came from a port other than the service's. */
  readonly freshPort: readonly boolean[];
  /** Milliseconds from the request to the first byte of each message. */
  readonly delays: readonly number[];
  readonly close: Ending;
  /** The client said the next request before this one was answered: whose answer is whose is a guess. */
  readonly pipelined: boolean;
  /** Unix milliseconds at which the answer began (or the request ended, when there is none). */
  readonly time: number;
  /** The exchange ends the session. */
  readonly last: boolean;
  /** The request was said in another session, and made the server speak in this one. */
  readonly isSignal?: true;
}

export interface Dialog {
  readonly session: number;
  readonly environment: Environment;
  /** The first one is the opening. */
  readonly exchanges: readonly Exchange[];
  /** Unix milliseconds at which the session was over; absent: nobody ended it. */
  readonly over?: number;
}

/** Dialogs of the sessions of one service, in their order. */
export function toDialogs(sessions: readonly Session[]): Dialog[] {
  const messages = sessions[0]?.transport === 'udp' ? [] : inTime(greeted(sessions));
  return sessions.map((session, i) => toDialog(session, messages[i] ?? session.messages));
}

function toDialog(session: Session, messages: readonly Message[]): Dialog {
  const exchanges: Exchange[] = [];
  let requests: Uint8Array[] = [];
  let answers: Message[] = [];
  let asked = session.start;
  let hasCause = false;
  let isSignal = false;
  const flush = (last: boolean) => {
    const udp = session.transport === 'udp';
    const close = last ? endingOf(session) : 'stay';
    const heads = udp ? requests.slice(0, -1) : [];
    for (const request of heads) exchanges.push(unanswered(request, asked));
    exchanges.push({
      request: exchanges.length === 0 ? EMPTY : udp ? (requests.at(-1) ?? EMPTY) : concat(requests),
      ...(udp ? datagrams(answers, session.server.port, asked) : stream(answers, asked)),
      time: (answers[0]?.time ?? asked) * 1000,
      close,
      pipelined: heads.length > 0,
      last,
      ...(isSignal ? { isSignal } : {}),
    });
    hasCause = false;
    isSignal = false;
    requests = [];
    answers = [];
  };
  for (const message of messages) {
    if (message.from === 'client') {
      const heard = message.part?.isSignal === true;
      if (exchanges.length === 0 || answers.length > 0 || hasCause || heard) flush(false);
      isSignal = heard;
      hasCause = heard || message.part?.isCause === true;
      requests.push(message.bytes);
      asked = message.lastTime;
    } else answers.push(message);
  }
  flush(true);
  const { id, client, server, end, close } = session;
  const over = close.how === 'open' ? {} : { over: (session.over ?? end) * 1000 };
  return { session: id, environment: { client, server }, exchanges, ...over };
}

type Answer = Pick<Exchange, 'messages' | 'afterData' | 'ports' | 'freshPort' | 'delays'>;

function datagrams(answers: readonly Message[], port: number, asked: number): Answer {
  return {
    messages: answers.map((m) => m.bytes),
    freshPort: answers.map((m) => m.serverPort !== undefined && m.serverPort !== port),
    delays: answers.map((m) => delay(m, asked)),
  };
}

/** The bytes of a stream as one message; what was said after the data is a second one. */
function stream(answers: readonly Message[], asked: number): Answer {
  const [first] = answers;
  if (!first) return { messages: [], freshPort: [], delays: [] };
  const split = answers.findIndex((m) => m.part?.isAfter === true);
  const parts = split < 0 ? [answers] : [answers.slice(0, split), answers.slice(split)].filter((p) => p.length > 0);
  const ports: NamedPort[] = [];
  let at = 0;
  for (const { bytes, part } of parts[0] ?? []) {
    for (const port of part?.ports ?? []) ports.push({ ...port, at: port.at + at });
    at += bytes.length;
  }
  return {
    messages: parts.map((part) => concat(part.map((m) => m.bytes))),
    freshPort: parts.map(() => false),
    delays: parts.map((part, i) => (i === 0 && part[0] ? delay(part[0], asked) : 0)),
    ...(split < 0 ? {} : { afterData: parts.map((_, i) => i === parts.length - 1) }),
    ...(ports.length === 0 ? {} : { ports }),
  };
}

function delay(message: Message, asked: number): number {
  return Math.max(0, (message.time - asked) * 1000);
}

/** The ports that a part of a message names. */
export function portsIn(ports: readonly NamedPort[] | undefined, from: number, to: number): { ports?: NamedPort[] } {
  const own = (ports ?? [])
    .filter((p) => p.at >= from && p.at + p.length <= to)
    .map((p) => ({ ...p, at: p.at - from }));
  return own.length === 0 ? {} : { ports: own };
}

function endingOf({ transport, close: { by, how } }: Session): Ending {
  if (transport === 'udp' || how === 'open') return 'stay';
  return by === 'server' ? how : 'untold';
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

/**
 * Cuts requests that hold several frames into exchanges of their own; what came back is at the last one.
 *
 * @param cut gives the frames of a message, for one message after the other
 */
export function splitFrames(dialog: Dialog, cut: (request: Uint8Array) => Uint8Array[]): Dialog {
  const exchanges = dialog.exchanges.flatMap((exchange): Exchange[] => {
    const frames = exchange.request.length > 0 && !exchange.isSignal ? cut(exchange.request) : [];
    const [last] = frames.slice(-1);
    if (last === undefined || frames.length < 2) return [exchange];
    const heads = frames.slice(0, -1).map((request) => ({ ...unanswered(request, 0), time: exchange.time }));
    return [...heads, { ...exchange, request: last, pipelined: true }];
  });
  return { ...dialog, exchanges };
}

/** An answer of more frames than this is one message: a list, which has any number of them. */
const MOST_FRAMES = 4;

/** The dialog with a message for each frame of an answer, where answers have frames. */
export function framedAnswers(dialog: Dialog, field: LengthField | undefined): Dialog {
  if (!field) return dialog;
  return {
    ...dialog,
    exchanges: dialog.exchanges.map((exchange): Exchange => {
      const [whole, ...more] = exchange.messages;
      if (!whole || more.length > 0 || exchange.ports || exchange.afterData) return exchange;
      const messages = cutByLength(field, whole) ?? [];
      if (messages.length < 2 || messages.length > MOST_FRAMES) return exchange;
      const delays = messages.map((_, i) => (i === 0 ? (exchange.delays[0] ?? 0) : 0));
      return { ...exchange, messages, delays, freshPort: messages.map(() => false), framed: true };
    }),
  };
}

/** The dialog with only the first frame of every answer: what is said of the request itself, not what else came with it. */
export function firstFrames(dialog: Dialog): Dialog {
  const first = (exchange: Exchange): Exchange =>
    exchange.framed ? { ...exchange, messages: exchange.messages.slice(0, 1) } : exchange;
  return { ...dialog, exchanges: dialog.exchanges.map(first) };
}

/** A key that two equal byte strings share. */
export function keyOf(bytes: Uint8Array): string {
  return toLatin1(bytes);
}
