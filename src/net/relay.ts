/**
 * A session that is handed over to the real host: the hand-over (`react/handover`) with its sockets, its
 * clock and its limits [06 §4.3].
 *
 * Invariant: while a side is too slow, or has used up its rate, nothing is read from the other one.
 */
import { HandOver } from '../react/handover/index.js';
import type { Beginning, PastExchange, Step, Waiting } from '../react/handover/index.js';
import type { Backend } from './backend.js';
import type { ServeEvent } from './events.js';
import { DatagramLine, StreamLine } from './line.js';
import type { Line } from './line.js';
import { NOT_KEPT } from './session.js';

/** Bytes that may wait for one side before the other one is not read any more. */
const PAUSE_AT = 256 * 1024;

/** A whole replay may take so many times as long as one answer. */
const REPLAY = 10;

/** The stages of a hand-over. */
export type HandOverStep = Extract<ServeEvent, { event: 'handover' }>['step'];

/** The client's end of the session. */
export interface Front {
  say(bytes: Uint8Array, freshPort: boolean): void;
  /** Bytes that wait for the client. */
  waiting(): number;
  /** Whether the client is listened to. */
  hear(on: boolean): void;
  /** The real host has ended the session. */
  hangUp(how: 'fin' | 'rst'): void;
  /** Whether what was said so far is written down: nothing that is not goes either way. */
  isKept(): boolean;
  /** The real host could not take over: the session is the emulator's again, with what the client said meanwhile. */
  giveBack(meanwhile: readonly Waiting[]): void;
  /** The real host had taken over, and is not heard any more. */
  lost(): void;
  /** The data session that was offered at our port takes place at theirs; null: it is the emulator's again. */
  redirect(ours: number, theirs: number | null): void;
  tell(step: HandOverStep, why: string): void;
}

/** A session as it is handed over. */
export interface Session {
  readonly service: Beginning['service'];
  /** Port of the service at the real host. */
  readonly port: number;
  readonly client: string;
  readonly server: string;
  readonly past: readonly PastExchange[];
  readonly waiting: readonly Waiting[];
  readonly ports: readonly number[];
  /** Opens a port here for a data session of the client. */
  readonly openPort?: () => number | null;
}

export class Relay {
  readonly #backend: Backend;
  readonly #front: Front;
  readonly #source: string;
  readonly #machine: HandOver;
  readonly #past: number;
  readonly #line: Line;
  readonly #meanwhile: Waiting[] = [];
  readonly #redirected: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Until when the rate is used up. */
  #rest: NodeJS.Timeout | undefined;
  /** Until when the replay may take. */
  readonly #late: NodeJS.Timeout;
  #isConnected = false;
  #isOver = false;
  #clientEnded = false;
  #hostEnded = false;

  /** The source has been counted by `backend.enter`; it leaves with the relay. */
  constructor(backend: Backend, session: Session, front: Front) {
    this.#backend = backend;
    this.#front = front;
    this.#source = session.client;
    this.#past = session.past.length;
    if (this.#past > 0) backend.begins(this.#source);
    const { address, limits } = backend;
    this.#machine = new HandOver({
      ...session,
      addresses: { client: session.client, ours: session.server, theirs: address, local: session.server },
      timeout: limits.timeout,
    });
    const ear = {
      connected: (local: string) => {
        this.#isConnected = true;
        this.#carryOut(this.#machine.connected(local || session.server, Date.now()));
      },
      said: (bytes: Uint8Array, freshPort: boolean) => this.#hears(bytes, freshPort),
      ended: () => this.#hostEnds(),
      drained: () => this.#balance(),
      over: (why: string | null, isClosed = false) => this.#lineOver(why, isClosed),
    };
    this.#line =
      session.service.transport === 'tcp'
        ? new StreamLine(backend, session.port, ear)
        : new DatagramLine(backend, session.port, ear);
    this.#late = setTimeout(() => this.#back('failed', 'the replay takes too long'), REPLAY * limits.timeout);
  }

  get isRelaying(): boolean {
    return this.#machine.isRelaying;
  }

  /** False: the session is the emulator's again, and this is for it. */
  fromClient(bytes: Uint8Array, freshPort: boolean): boolean {
    if (this.#isOver) return true;
    if (!this.#front.isKept()) {
      this.#lose();
      return false;
    }
    const copy = new Uint8Array(bytes);
    const steps = this.#machine.fromClient(copy, freshPort);
    if (this.#machine.isRelaying) this.#carryOut(steps);
    else {
      this.#meanwhile.push({ bytes: copy, atFreshPort: freshPort });
      this.#balance();
    }
    return true;
  }

  clientEnds(): void {
    this.#clientEnded = true;
    if (this.#isOver || !this.#machine.isRelaying) return;
    this.#carryOut(this.#machine.ended('client'));
    this.#line.end();
  }

  /** The client takes bytes again. */
  clientDrained(): void {
    this.#balance();
  }

  /** The client is gone, or the server stops. */
  close(why: string): void {
    this.#finish('ends', why, 'rst');
  }

  #hears(bytes: Uint8Array, freshPort: boolean): void {
    if (!this.#isOver) this.#carryOut(this.#machine.fromBackend(new Uint8Array(bytes), freshPort, Date.now()));
  }

  #hostEnds(): void {
    if (this.#isOver) return;
    this.#hostEnded = true;
    const isRelaying = this.#machine.isRelaying;
    this.#carryOut(this.#machine.ended('backend'));
    if (isRelaying) this.#front.hangUp('fin');
    if (isRelaying && this.#clientEnded) this.#finish('ends', 'both sides have ended', 'fin');
  }

  #lineOver(why: string | null, isClosed: boolean): void {
    if (this.#isOver) return;
    if (!this.#machine.isRelaying) {
      // a port that nobody has opened is no sign
      if (!this.#isConnected && this.#past > 0) this.#backend.isDown();
      this.#back(isClosed && this.#past === 0 ? 'refused' : 'failed', why ?? 'the real host hung up');
      return;
    }
    if (why !== null) this.#front.hangUp('rst');
    else if (!this.#hostEnded) this.#front.hangUp('fin');
    this.#finish('ends', why ?? 'the real host has ended the session', 'fin');
  }

  #carryOut(steps: readonly Step[]): void {
    for (const step of steps) {
      if (this.#isOver) return;
      switch (step.kind) {
        case 'to backend':
          this.#line.send(step.bytes, step.freshPort);
          this.#spend(step.bytes.length);
          break;
        case 'to client':
          this.#front.say(step.bytes, step.freshPort);
          if (!this.#front.isKept()) {
            this.#lose();
            return;
          }
          this.#spend(step.bytes.length);
          break;
        case 'port':
          if (!this.#machine.isRelaying) this.#redirected.push(step.ours);
          this.#front.redirect(step.ours, step.theirs);
          break;
        case 'relays':
          this.#meanwhile.length = 0;
          this.#redirected.length = 0;
          if (this.#past > 0) this.#backend.replayed(this.#source, true);
          clearTimeout(this.#late);
          clearTimeout(this.#timer);
          this.#timer = undefined;
          this.#front.tell('relays', 'the real host is where the emulator was');
          break;
        case 'diverged':
        case 'failed':
          this.#back(step.kind, step.why);
          return;
      }
    }
    if (this.#machine.isRelaying && this.#clientEnded && steps.some(({ kind }) => kind === 'relays')) this.clientEnds();
    this.#balance();
    this.#arm();
  }

  #arm(): void {
    // what is held back while both sides speak does not wait for them to be silent
    if (this.#machine.isRelaying && this.#timer !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { wait } = this.#machine;
    if (wait === null || this.#isOver) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#carryOut(this.#machine.silence(Date.now()));
    }, wait);
  }

  #spend(bytes: number): void {
    const wait = this.#backend.spend(this.#source, bytes);
    if (wait === null) {
      this.#front.hangUp('rst');
      this.#finish('ends', 'this source has had as many bytes passed on as it may', 'rst');
    } else if (wait > 0) {
      clearTimeout(this.#rest);
      this.#rest = setTimeout(() => {
        this.#rest = undefined;
        this.#balance();
      }, wait);
    }
  }

  /** Reads from each side what the other one can take. */
  #balance(): void {
    if (this.#isOver) return;
    const isFree = this.#rest === undefined;
    this.#front.hear(isFree && this.#line.waiting < PAUSE_AT && this.#machine.queued < PAUSE_AT);
    this.#line.hear(isFree && this.#front.waiting() < PAUSE_AT);
  }

  /** The session is the emulator's again. */
  #back(step: 'diverged' | 'failed' | 'refused', why: string): void {
    if (this.#isOver) return;
    this.#finish(step, why, 'rst');
    this.#front.hear(true);
    for (const ours of this.#redirected) this.#front.redirect(ours, null);
    this.#front.giveBack(this.#meanwhile);
  }

  /** What was said can not be written down any more. */
  #lose(): void {
    if (!this.#machine.isRelaying) {
      this.#back('failed', NOT_KEPT);
      return;
    }
    this.#finish('failed', NOT_KEPT, 'rst');
    this.#front.hear(true);
    this.#front.lost();
  }

  #finish(step: HandOverStep, why: string, how: 'fin' | 'rst'): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#past > 0 && this.#machine.hasRelayed) this.#backend.ended(this.#source);
    else if (this.#past > 0) this.#backend.replayed(this.#source, false);
    clearTimeout(this.#late);
    clearTimeout(this.#timer);
    clearTimeout(this.#rest);
    this.#line.close(how);
    this.#backend.leave(this.#source);
    this.#front.tell(step, why);
  }
}
