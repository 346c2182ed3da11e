/**
 * Plays the client side of recorded conversations against any server, on real sockets.
 *
 * The sessions of a conversation are played together, in the recorded order of what was said in them, because
 * one may depend on the other: a transfer on one connection is asked for on another.
 */
import type { Conversation, Session } from '../capture/types.js';
import { concat, isDigit, startsWith } from '../bytes/bytes.js';
import { readPortAt } from '../model/port.js';
import { DatagramClient, StreamClient } from './client.js';
import type { Client, Heard } from './client.js';

/** Whom to play against, and with how much patience. */
export interface Target {
  readonly host: string;
  /** Services that listen elsewhere: `tcp/21` → 2121. */
  readonly map: ReadonlyMap<string, number>;
  /** Milliseconds to wait for an answer that does not come. */
  readonly timeout: number;
  /** Milliseconds of silence after which an answer that is shorter than the recorded one counts as whole. */
  readonly quiet: number;
}

/** What was asked, what was answered in the capture, and what was answered now. */
export interface Replayed {
  readonly request: Uint8Array;
  readonly expected: Uint8Array;
  readonly given: Uint8Array;
}

/** One session as it went this time; `failure`: there was no connection, and why. */
export interface ReplayedSession {
  readonly session: Session;
  readonly failure: string | null;
  readonly exchanges: readonly Replayed[];
}

type Step =
  | { readonly kind: 'open' | 'end'; readonly time: number; readonly at: number }
  | {
      readonly kind: 'say' | 'hear';
      readonly time: number;
      readonly at: number;
      readonly message: Session['messages'][number];
    };

/** Everything that happened, in its order; a session's own order is never changed. */
function stepsOf(sessions: readonly Session[]): Step[] {
  const steps: Step[] = [];
  sessions.forEach((session, at) => {
    let latest = session.start;
    steps.push({ kind: 'open', time: latest, at });
    for (const message of session.messages) {
      if (message.part?.isCause === true) continue;
      latest = Math.max(latest, message.from === 'client' ? message.time : message.lastTime);
      steps.push({ kind: message.from === 'client' ? 'say' : 'hear', time: latest, at, message });
    }
    // the server may wait for the end of the client's data before it says more elsewhere
    const isSender = session.dataOf !== undefined && session.close.by === 'client';
    steps.push({ kind: 'end', time: isSender ? latest : Math.max(latest, session.end), at });
  });
  return steps.sort((a, b) => a.time - b.time);
}

/** Collects the exchanges of one session while it is played. */
class Record {
  readonly client: Client;
  readonly #session: Session;
  readonly #target: Target;
  readonly #exchanges: Replayed[] = [];
  #request: Uint8Array[] = [];
  #expected: Uint8Array[] = [];
  #given: Uint8Array[] = [];
  #lastSaid: Session['messages'][number] | undefined;
  #patience: number;

  /** @param named the port that the server gave for this session, which is a data session */
  constructor(session: Session, target: Target, named: number | undefined) {
    const { transport, server } = session;
    const port = named ?? target.map.get(`${transport}/${server.port}`) ?? server.port;
    this.#session = session;
    this.#target = target;
    this.#patience = target.timeout;
    this.#lastSaid = session.messages.findLast((message) => message.from === 'client');
    this.client = transport === 'tcp' ? new StreamClient(target.host, port) : new DatagramClient(target.host, port);
  }

  say(message: Session['messages'][number]): void {
    this.#collect();
    if (this.#expected.length > 0 || this.#given.length > 0) this.#flush();
    this.#request.push(message.bytes);
    const isElsewhere = message.serverPort !== undefined && message.serverPort !== this.#session.server.port;
    this.client.send(message.bytes, isElsewhere);
    if (message === this.#lastSaid && this.#session.halfClosed) this.client.end();
  }

  /** Waits for what the server is to say. @returns the ports that it named, by those that it had named in the capture */
  async hear(message: Session['messages'][number]): Promise<ReadonlyMap<number, number>> {
    const before = this.#expected.reduce((sum, part) => sum + part.length, 0);
    this.#expected.push(message.bytes);
    const expected = this.#expected.reduce((sum, part) => sum + part.length, 0);
    const given = this.#given.reduce((sum, part) => sum + part.length, 0);
    const wanted =
      this.#session.transport === 'tcp'
        ? { bytes: expected - given }
        : { parts: this.#expected.length - this.#given.length };
    const heard: Heard = await this.client.hear(wanted, this.#patience, this.#target.quiet);
    // A server that has failed to answer once is not waited for as long again.
    if (heard === 'nothing') this.#patience = Math.max(this.#target.quiet, this.#patience / 2);
    this.#collect();
    return portsNow(message, concat(this.#given).subarray(before));
  }

  finish(): ReplayedSession {
    this.#collect();
    this.#flush();
    return { session: this.#session, failure: this.client.failure, exchanges: this.#exchanges };
  }

  #collect(): void {
    this.#given.push(...this.client.take());
  }

  #flush(): void {
    const exchange = { request: concat(this.#request), expected: concat(this.#expected), given: concat(this.#given) };
    if (exchange.request.length + exchange.expected.length + exchange.given.length > 0) this.#exchanges.push(exchange);
    this.#request = [];
    this.#expected = [];
    this.#given = [];
  }
}

/** The ports of data sessions that an answer names now, by those that it named in the capture. */
function portsNow({ bytes, part }: Session['messages'][number], given: Uint8Array): ReadonlyMap<number, number> {
  const ports = new Map<number, number>();
  for (const { write, at, length } of part?.ports ?? []) {
    const old = readPortAt(write, bytes, at);
    const behind = bytes.subarray(at + length, at + length + 2);
    const isHere = (place: number): boolean => {
      const read = readPortAt(write, given, place);
      return read !== null && !isDigit(given[place - 1]) && startsWith(given, behind, place + read.width);
    };
    // an address before it may be longer or shorter now
    const places = write.kind === 'binary' ? [at] : [at, ...given.keys()];
    const young = readPortAt(write, given, places.find(isHere) ?? at);
    if (old && young) ports.set(old.value, young.value);
  }
  return ports;
}

/** Plays all sessions of a conversation; a failure of one leaves the others alone. */
export async function playConversation(conversation: Conversation, target: Target): Promise<ReplayedSession[]> {
  const { sessions } = conversation;
  const records = new Map<number, Record>();
  const done = new Map<number, ReplayedSession>();
  const ports = new Map<number, number>();
  for (const step of stepsOf(sessions)) {
    const session = sessions[step.at];
    if (session === undefined) continue;
    if (step.kind === 'open') {
      const opened = new Record(session, target, session.dataOf && ports.get(session.server.port));
      records.set(step.at, opened);
      await opened.client.open(target.timeout);
    }
    const record = records.get(step.at);
    if (record === undefined) continue;
    if (step.kind === 'say') record.say(step.message);
    else if (step.kind === 'hear') for (const [old, now] of await record.hear(step.message)) ports.set(old, now);
    else if (step.kind === 'end') {
      await record.client.close(
        session.close.by === 'client' && session.close.how === 'rst' ? 'rst' : 'fin',
        target.quiet,
      );
      done.set(step.at, record.finish());
      records.delete(step.at);
    }
  }
  return sessions.flatMap((_, at) => done.get(at) ?? []);
}
