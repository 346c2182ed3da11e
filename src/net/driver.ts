/**
 * Drives one dialogue: hands it what happens, carries out what it commands, in order.
 *
 * It knows no socket: whoever has one gives a {@link Wire}. Nothing that a dialogue does or throws gets
 * out of here except through the wire.
 */
import type { Command, Dialogue, Fallback, Note, Unsure } from '../emulate/types.js';

/** A data session is fed or waited for. */
export type DataCommand = Extract<Command, { kind: 'feed' | 'hold' }>;

/** Where commands are carried out. */
export interface Wire {
  send(bytes: Uint8Array, freshPort: boolean): void;
  close(how: 'fin' | 'rst'): void;
  note(note: Note): void;
  /** Nothing known fits; `settle` is called when it is decided what is done about it. */
  ask?(note: Unsure): void;
  /** The other sessions of the source hear of what was said. */
  signal?(said: Uint8Array): void;
  /** What concerns data sessions, where there can be any. */
  data?(command: DataCommand): void;
  /** The dialogue threw: the session is over. */
  broken(error: unknown): void;
}

/** Longest delay that is honoured, in milliseconds. */
const LONGEST_DELAY = 60_000;

type Outgoing = Extract<Command, { kind: 'send' | 'close' | 'feed' | 'hold' | 'signal' }>;

/** Invariant: `timer` runs exactly while `queue` is not empty. */
export class Driver {
  /** Bytes that wait for their recorded delay. */
  delayed = 0;
  readonly #dialogue: Dialogue;
  readonly #wire: Wire;
  readonly #delays: boolean;
  readonly #queue: Outgoing[] = [];
  #timer: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #stopped = false;

  /** @param delays whether answers wait as long as the recorded server took. */
  constructor(dialogue: Dialogue, wire: Wire, delays: boolean) {
    this.#dialogue = dialogue;
    this.#wire = wire;
    this.#delays = delays;
  }

  open(): void {
    this.#carryOut((now) => this.#dialogue.open(now));
  }

  receive(bytes: Uint8Array): void {
    clearTimeout(this.#silence);
    this.#carryOut((now) => this.#dialogue.receive(bytes, now));
  }

  end(): void {
    clearTimeout(this.#silence);
    this.#carryOut((now) => this.#dialogue.end(now));
  }

  /** The session is over, however it ended. */
  leave(): void {
    this.#dialogue.leave(Date.now());
  }

  feed(request: Uint8Array): void {
    this.#carryOut((now) => this.#dialogue.feed(request, now));
  }

  hear(signal: Uint8Array): void {
    this.#carryOut((now) => this.#dialogue.hear(signal, now));
  }

  dataEnded(port: number): void {
    this.#carryOut((now) => this.#dialogue.dataEnded(port, now));
  }

  /** What is done about the request that was asked about. */
  settle(how: Fallback): void {
    this.#carryOut((now) => this.#dialogue.settle(how, now));
  }

  /** What the client has said and nobody has answered. */
  get pending(): Uint8Array {
    return this.#dialogue.pending;
  }

  /** Nothing more is said or asked. */
  stop(): void {
    this.#stopped = true;
    this.#queue.length = 0;
    this.delayed = 0;
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
  }

  #carryOut(ask: (now: number) => Command[]): void {
    if (this.#stopped) return;
    let commands: Command[];
    try {
      commands = ask(Date.now());
    } catch (error) {
      this.stop();
      this.#wire.broken(error);
      return;
    }
    for (const command of commands) {
      switch (command.kind) {
        case 'note':
          this.#wire.note(command.note);
          break;
        case 'ask':
          this.#hurry();
          this.#wire.ask?.(command.note);
          break;
        case 'wait':
          this.#await(command.milliseconds);
          break;
        case 'send':
        case 'close':
        case 'feed':
        case 'hold':
        case 'signal':
          this.#put(command);
          break;
      }
    }
  }

  #await(milliseconds: number): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#carryOut((now) => this.#dialogue.silence(now)), milliseconds);
  }

  #put(command: Outgoing): void {
    if (this.#stopped) return;
    if (!this.#delays) {
      this.#do(command);
      return;
    }
    this.#queue.push(command);
    if (command.kind === 'send') this.delayed += command.bytes.length;
    if (this.#queue.length === 1) this.#next();
  }

  /** The first of the queue after its delay, and then the one behind it. */
  #next(): void {
    const [first] = this.#queue;
    if (first === undefined) return;
    const delay = first.kind === 'send' ? Math.min(first.delay, LONGEST_DELAY) : 0;
    this.#timer = setTimeout(() => {
      this.#queue.shift();
      if (first.kind === 'send') this.delayed -= first.bytes.length;
      this.#do(first);
      this.#next();
    }, delay);
  }

  /** Everything that waits for its delay is said now: somebody else speaks next. */
  #hurry(): void {
    clearTimeout(this.#timer);
    this.delayed = 0;
    for (const command of this.#queue.splice(0)) this.#do(command);
  }

  #do(command: Outgoing): void {
    if (command.kind === 'send') this.#wire.send(command.bytes, command.freshPort);
    else if (command.kind === 'close') this.#wire.close(command.how);
    else if (command.kind === 'signal') this.#wire.signal?.(command.said);
    else this.#wire.data?.(command);
  }
}
