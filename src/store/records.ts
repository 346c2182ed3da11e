/** What lies in a state folder, as those who ask for it get it. */
import type { Endpoint } from '../capture/types.js';
import type { Alert, Ending } from '../events/index.js';

/**
 * Whether all of a session is there.
 *
 * - `open`: it goes on.
 * - `whole`: from its beginning to its end.
 * - `cut by a bound`: messages are missing, because memory or space had an end.
 * - `cut by a crash`: the server died before the session ended.
 * - `cut by a fault`: the store could not be written for a while.
 */
export type Whole = 'open' | 'whole' | 'cut by a bound' | 'cut by a crash' | 'cut by a fault';

/** Who said something. */
export type Side = 'client' | 'emulator' | 'backend';

/** A group of like events, or a path through the machine. */
export interface Activity {
  readonly id: string;
  /**
   * - `new`: unknown requests that are alike.
   * - `thin`: requests that were answered like the nearest known one, or out of order.
   * - `known`: a path through the machine.
   */
  readonly kind: 'new' | 'thin' | 'known';
  readonly service: string;
  readonly words: string;
  readonly example: Uint8Array | null;
  readonly path: readonly number[];
  /** Requests of a new or thin activity, sessions of a known one. */
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly first: number;
  readonly last: number;
  /** Different sources that are listed, and how much came from others. */
  readonly sources: number;
  readonly unlisted: number;
  /** Version of the model that knows it, where a new activity was learned. */
  readonly learned: number | null;
}

/** Who took part in an activity. */
export interface ActivitySource {
  readonly source: string;
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

/** An event with its number. */
export interface StoredEvent {
  readonly id: number;
  readonly conversation: number | null;
  readonly alert: Alert;
}

/** Facts of a recorded session beside its messages. */
export interface RecordedSession {
  readonly id: number;
  readonly conversation: number;
  readonly activity: string;
  readonly service: string;
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly whole: Whole;
  readonly ending: Ending | null;
  readonly handedOver: boolean;
}

/** A conversation that was handed over: what the real host said in it can be learned. */
export interface Sample {
  readonly conversation: number;
  readonly source: string;
  readonly start: number;
  /** Bytes that were said. */
  readonly size: number;
}

/** What came of a refinement, as it is remembered. */
export interface Learned {
  readonly activity: string;
  readonly version: number;
  /** Time of the refinement, by which the model knows it. */
  readonly stamp: string;
  /** It was put aside until somebody approves it. */
  readonly waits: boolean;
}
