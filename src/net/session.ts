/** What TCP and UDP sessions have in common: a number, sums, and the events that tell of them. */
import type { Endpoint } from '../capture/types.js';
import type { Buses, CompiledService, Fallback, Note } from '../emulate/index.js';
import { serviceName } from '../model/names.js';
import type { Backend } from './backend.js';
import type { Ending, Log, OfSession, ServeEvent } from './events.js';
import type { Limits } from './limits.js';

/** What every listener of a server shares. */
export interface Hall {
  readonly limits: Limits;
  readonly delays: boolean;
  readonly random: () => number;
  readonly log: Log;
  /** Whether what a session has said so far is where it was to be kept; nothing is handed over before. */
  readonly isKept: (session: number) => boolean;
  readonly sums: ServerSums;
  /** What sessions of one source bring about for its other sessions. */
  readonly buses: Buses;
  /** The real host, where there is one, and what is done about requests that nothing known fits where it can not help. */
  readonly backend: Backend | null;
  readonly onUnknown: Fallback;
}

/** Sums over everything since the start. */
export interface ServerSums {
  sessions: number;
  open: number;
  refused: number;
  received: number;
  sent: number;
  unknown: number;
  errors: number;
}

/** Whether somebody decides about requests that nothing known fits. */
export function asks({ backend, onUnknown }: Hall): boolean {
  return backend !== null || onUnknown !== 'nearest';
}

/** Why nothing is passed on to a real host, or from it. */
export const NOT_KEPT = 'what was said could not be written down';

/** As in `tcp/6379`. */
export function nameOf({ service }: CompiledService): string {
  return serviceName(service);
}

/** Tells the log of one session. */
export class Chronicle {
  received = 0;
  sent = 0;
  readonly number: number;
  readonly #hall: Hall;
  readonly #service: string;
  readonly #client: Endpoint;
  readonly #start = Date.now();
  #notes = { answered: 0, nearest: 0, unknown: 0 };
  #closed = false;

  constructor(hall: Hall, service: string, client: Endpoint, server: Endpoint) {
    this.#hall = hall;
    this.#service = service;
    this.#client = client;
    this.number = ++hall.sums.sessions;
    hall.sums.open++;
    hall.log({ event: 'opened', ...this.#common(), server });
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** @param port where it came to, when that is not the port of the service */
  receive(bytes: Uint8Array, port?: number): void {
    this.received += bytes.length;
    this.#hall.sums.received += bytes.length;
    this.#tell({ event: 'received', ...this.#common(), bytes, ...(port === undefined ? {} : { port }) });
  }

  /** @param more who else said it, and from which port */
  send(bytes: Uint8Array, more: Pick<Extract<ServeEvent, { event: 'sent' }>, 'by' | 'port'> = {}): void {
    this.sent += bytes.length;
    this.#hall.sums.sent += bytes.length;
    this.#tell({ event: 'sent', ...this.#common(), bytes, ...more });
  }

  /** @param isAnswered whether the state that it names is reached */
  note(note: Note, isAnswered = true): void {
    this.#notes[note.kind]++;
    if (note.kind === 'unknown') this.#hall.sums.unknown++;
    if (isAnswered) this.reached(note);
    this.#tell({ event: 'note', ...this.#common(), note });
  }

  /** The state that a note names is reached, if it names one. */
  reached(note: Note): void {
    if (note.kind !== 'unknown') this.#hall.buses.reached(this.#client.address, this.#service, note.state);
  }

  handOver(step: Extract<ServeEvent, { event: 'handover' }>['step'], why: string): void {
    this.#tell({ event: 'handover', ...this.#common(), step, why });
  }

  /** Whether all that was said so far is written down where it is to be: nothing is passed on to or from a real host before. */
  get isKept(): boolean {
    return this.#hall.isKept(this.number);
  }

  /** A hand-over begins: whether that may be, because it and what was said before are written down where they are to be. */
  handsOver(why: string): boolean {
    this.handOver('begins', why);
    if (this.isKept) return true;
    this.handOver('failed', NOT_KEPT);
    return false;
  }

  /** The client has closed its side. */
  clientEnded(): void {
    this.#tell({ event: 'client ended', ...this.#common() });
  }

  error(error: unknown): void {
    reportError(this.#hall, this.#service, this.number, error);
  }

  close(why: Ending): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#hall.sums.open--;
    const sums = {
      seconds: (Date.now() - this.#start) / 1000,
      received: this.received,
      sent: this.sent,
      ...this.#notes,
    };
    this.#tell({ event: 'closed', ...this.#common(), why, sums });
  }

  #common(): OfSession {
    return { time: Date.now(), session: this.number, service: this.#service, client: this.#client };
  }

  #tell(event: ServeEvent): void {
    this.#hall.log(event);
  }
}

/** Something that the server survived. */
export function reportError(hall: Hall, service: string, session: number | null, error: unknown): void {
  hall.sums.errors++;
  const message = error instanceof Error ? error.message : String(error);
  hall.log({ event: 'error', time: Date.now(), service, session, message });
}
