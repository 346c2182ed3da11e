/** What TCP and UDP sessions have in common: a number, sums, and the events that tell of them. */
import type { Endpoint } from '../capture/types.js';
import type { Buses, CompiledService, Note } from '../emulate/index.js';
import { serviceName } from '../model/names.js';
import type { Ending, Log, OfSession, ServeEvent } from './events.js';
import type { Limits } from './limits.js';

/** What every listener of a server shares. */
export interface Hall {
  readonly limits: Limits;
  readonly delays: boolean;
  readonly random: () => number;
  readonly log: Log;
  readonly sums: ServerSums;
  /** What sessions of one source bring about for its other sessions. */
  readonly buses: Buses;
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

/** As in `tcp/6379`. */
export function nameOf({ service }: CompiledService): string {
  return serviceName(service);
}

/** An address as captures write it: no IPv4 in IPv6 clothes, no zone. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? address.replace(/%.*$/, '');
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

  receive(bytes: Uint8Array): void {
    this.received += bytes.length;
    this.#hall.sums.received += bytes.length;
    this.#tell({ event: 'received', ...this.#common(), bytes });
  }

  /** @param more who else said it, and from which port */
  send(bytes: Uint8Array, more: Pick<Extract<ServeEvent, { event: 'sent' }>, 'by' | 'from'> = {}): void {
    this.sent += bytes.length;
    this.#hall.sums.sent += bytes.length;
    this.#tell({ event: 'sent', ...this.#common(), bytes, ...more });
  }

  note(note: Note): void {
    this.#notes[note.kind]++;
    if (note.kind === 'unknown') this.#hall.sums.unknown++;
    else this.#hall.buses.reached(this.#client.address, this.#service, note.state);
    this.#tell({ event: 'note', ...this.#common(), note });
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
