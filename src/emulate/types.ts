/**
 * What goes into the emulator and what comes out of it: events in, commands out.
 *
 * The emulator has no socket, no clock and no randomness of its own; whoever drives it (a listener,
 * a test, the evaluation, an exported script) hands in time and random numbers and carries out the
 * commands in their order.
 */
export type { Environment } from '../model/types.js';

export type Command =
  /** `delay`: milliseconds that the recorded server took; the driver may honour it. `freshPort`: UDP, from a port of its own. */
  | { readonly kind: 'send'; readonly bytes: Uint8Array; readonly delay: number; readonly freshPort: boolean }
  | { readonly kind: 'close'; readonly how: 'fin' | 'rst' }
  /** Call `silence` when nothing has arrived for so long; any `receive` cancels it. */
  | { readonly kind: 'wait'; readonly milliseconds: number }
  /** The data session at this port begins with this request. */
  | { readonly kind: 'feed'; readonly port: number; readonly request: Uint8Array }
  /** Call `dataEnded` when the data session at this port is over, or does not come; what has to be said after it waits. */
  | { readonly kind: 'hold'; readonly port: number }
  /** The other sessions of the source hear of what was said in this one. */
  | { readonly kind: 'signal'; readonly said: Uint8Array }
  | { readonly kind: 'note'; readonly note: Note }
  /** Nothing known fits, as the note says; nothing more is answered until `settle` is called. Only where somebody is there to decide. */
  | { readonly kind: 'ask'; readonly note: Unsure };

/** What is done about a request that nothing known fits: the nearest known answer if there is one, no answer, or the end. */
export type Fallback = 'nearest' | 'silence' | 'close';

/** Opens a port for a data session of the client that is spoken to; null: none is to be had. */
export type OpenPort = () => number | null;

/** What the emulator did and why; the source of logs, `replay` explanations and alerts. */
export type Note =
  | {
      readonly kind: 'answered';
      readonly state: number;
      readonly class: number;
      readonly request: Uint8Array;
      /** Known in this state, or only elsewhere in the service. */ readonly known: 'here' | 'elsewhere';
    }
  | {
      readonly kind: 'nearest';
      readonly state: number;
      readonly class: number;
      readonly request: Uint8Array;
      readonly why: string;
    }
  | { readonly kind: 'unknown'; readonly request: Uint8Array; readonly why: string };

/** A request that nothing known fits. */
export type Unsure = Exclude<Note, { kind: 'answered' }>;

/** One session in progress. Every call returns the commands to carry out, in order. */
export interface Dialogue {
  /** The session has just been opened. */
  open(now: number): Command[];
  /** Bytes have arrived (TCP: any piece of the stream; UDP: one datagram). `now`: milliseconds. */
  receive(bytes: Uint8Array, now: number): Command[];
  /** The time of the last `wait` command has passed without a byte. */
  silence(now: number): Command[];
  /** The client has closed its side (TCP). */
  end(now: number): Command[];
  /** The session is over, however it ended. */
  leave(now: number): void;
  /** A data session: the request of another session that it serves. */
  feed(request: Uint8Array, now: number): Command[];
  /** Another session of the source has given a signal. */
  hear(signal: Uint8Array, now: number): Command[];
  /** The data session at a port is over: what waited for it is said. */
  dataEnded(port: number, now: number): Command[];
  /** What is to be done about the request that was asked about; then the session goes on. */
  settle(how: Fallback, now: number): Command[];
  /** What the client has said and nobody has answered: the request that was asked about comes first. */
  readonly pending: Uint8Array;
  /** True once a `close` command was given: nothing more will be said. */
  readonly closed: boolean;
}
