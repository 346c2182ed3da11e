/** What open sessions have said so far, in bounded memory: it is written down when one of them turns out unknown. */
import type { Endpoint } from '../capture/types.js';
import type { OfSession, ServeEvent } from '../events/index.js';
import { Path } from '../react/paths.js';
import type { Side } from './records.js';

/** Bounds on what is kept of sessions that may never be written down. */
export interface MemoryBounds {
  /** Bytes of one session, and of all of them. */
  readonly ofSession: number;
  readonly ofAll: number;
}

/** What one piece costs beside its bytes. */
const OVERHEAD = 128;

/** Something that was said. */
export interface Piece {
  readonly time: number;
  readonly side: Side;
  /** UDP: the server's port, where it is not the session's. */
  readonly port: number | null;
  readonly bytes: Uint8Array;
}

/** A session that goes on. */
export class OpenSession {
  readonly number: number;
  readonly service: string;
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly start: number;
  readonly path = new Path();
  /** What it said, until it is written down. */
  pieces: Piece[] = [];
  /** What the pieces occupy. */
  size = 0;
  /** Why something of it is missing. */
  cut: 'cut by a bound' | 'cut by a fault' | null = null;
  /** Where it is written down, once it is. */
  row: number | null = null;
  conversation: number | null = null;
  /** Bytes that are written down. */
  written = 0;
  /** The new activity that it is part of. */
  activity: string | null = null;
  /** The last request that was not quite known. */
  unsure: Extract<ServeEvent, { event: 'note' }> | null = null;
  hasClientEnded = false;
  isHalfClosed = false;

  constructor({ session, service, client, time }: OfSession, server: Endpoint) {
    this.number = session;
    this.service = service;
    this.client = client;
    this.server = server;
    this.start = time;
  }
}

/** Invariant: `#size` is the sum over the sizes of all sessions; sessions are in the order of their beginning. */
export class Memory {
  readonly #bounds: MemoryBounds;
  readonly #sessions = new Map<number, OpenSession>();
  readonly #bySource = new Map<string, Set<OpenSession>>();
  #size = 0;

  constructor(bounds: MemoryBounds) {
    this.#bounds = bounds;
  }

  get(number: number): OpenSession | undefined {
    return this.#sessions.get(number);
  }

  all(): Iterable<OpenSession> {
    return this.#sessions.values();
  }

  of(source: string): ReadonlySet<OpenSession> {
    return this.#bySource.get(source) ?? new Set();
  }

  open(session: OpenSession): void {
    this.#sessions.set(session.number, session);
    const its = this.#bySource.get(session.client.address);
    if (its) its.add(session);
    else this.#bySource.set(session.client.address, new Set([session]));
  }

  close(session: OpenSession): void {
    this.forget(session);
    this.#sessions.delete(session.number);
    const its = this.#bySource.get(session.client.address);
    its?.delete(session);
    if (its?.size === 0) this.#bySource.delete(session.client.address);
  }

  /** Keeps a piece; beyond the bounds nothing more of this session, or of the oldest one, is kept. */
  keep(session: OpenSession, piece: Piece): void {
    if (session.cut !== null) return;
    const size = piece.bytes.length + OVERHEAD;
    if (session.size + size > this.#bounds.ofSession) {
      session.cut = 'cut by a bound';
      return;
    }
    // The bytes may lie in a buffer that is used again.
    session.pieces.push({ ...piece, bytes: new Uint8Array(piece.bytes) });
    session.size += size;
    this.#size += size;
    if (this.#size > this.#bounds.ofAll) this.#makeRoom();
  }

  /** Its pieces are written down, or not wanted any more. */
  forget(session: OpenSession): void {
    this.#size -= session.size;
    session.size = 0;
    session.pieces = [];
  }

  #makeRoom(): void {
    for (const session of this.#sessions.values()) {
      if (this.#size <= this.#bounds.ofAll * 0.9) return;
      if (session.size === 0) continue;
      session.cut = 'cut by a bound';
      this.forget(session);
    }
  }
}
