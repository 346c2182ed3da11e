/** When what was said: single requests and pieces of messages with their times, as sessions of one source are held side by side. */
import type { Message, MessagePart, Session } from '../../capture/types.js';
import { clientCutter } from '../../model/frames.js';
import type { Framing } from '../../model/types.js';
import { learnRequests } from '../dialogs/openings.js';

/** One request of a session. */
export interface Asked {
  readonly bytes: Uint8Array;
  readonly time: number;
  /** Index of the message that it is a part of. */
  readonly message: number;
}

/** How the requests to a port are told apart. */
export function framingOf(port: number, sessions: readonly Session[]): Framing {
  const own = sessions.filter((s) => s.transport === 'tcp' && s.server.port === port && s.outcome === 'complete');
  return learnRequests(
    own.map(({ messages }) =>
      messages.flatMap(({ from, bytes }, i) => {
        const next = messages[i + 1];
        return from === 'client' ? [{ bytes, answer: next?.from === 'server' ? next.bytes : null }] : [];
      }),
    ),
  );
}

/** The requests of a session, in their order. */
export function requestsOf(session: Session, framing: Framing): Asked[] {
  const cut = clientCutter(framing);
  return session.messages.flatMap((message, i) => {
    if (message.from !== 'client') return [];
    let at = 0;
    return cut(message.bytes).map((bytes) => {
      at += bytes.length;
      return { bytes, time: timeAt(message, at - 1), message: i };
    });
  });
}

/** When each piece of a message was seen. */
export function timesOf(message: Message): readonly number[] {
  return message.times ?? message.pieces.map((_, i) => (i === 0 ? message.time : message.lastTime));
}

/** When a byte of a message was seen. */
function timeAt(message: Message, at: number): number {
  let end = 0;
  const piece = message.pieces.findIndex((length) => (end += length) > at);
  return timesOf(message)[piece] ?? message.lastTime;
}

/** Some bytes of a message as a message of their own, without what is known of the whole. */
export function partOf(message: Message, from: number, to: number): Message {
  const bytes = message.bytes.subarray(from, to);
  const lastTime = to === message.bytes.length ? message.lastTime : timeAt(message, to - 1);
  return { from: message.from, bytes, time: timeAt(message, from), lastTime, pieces: [bytes.length] };
}

/** A request of another session, to be put into one in which it was not said. */
export function saidElsewhere(bytes: Uint8Array, time: number, part: MessagePart): Message {
  return { from: 'client', bytes, time, lastTime: time, pieces: [bytes.length], part };
}

/** Offset of the first piece that was seen after a time; the length of the message where there is none. */
export function firstAfter(message: Message, time: number): number {
  let at = 0;
  const times = timesOf(message);
  for (let i = 0; i < message.pieces.length; i++) {
    if ((times[i] ?? message.lastTime) >= time) return at;
    at += message.pieces[i] ?? 0;
  }
  return at;
}
