/** What rules and tests look at: what was said in a session, and around it. */
import type { Environment } from './types.js';

/** One exchange: a request and the answer that it got. The first one is the opening: no request, the greeting as answer. */
export interface Said {
  readonly request: Uint8Array;
  /** Class of the request; -1: the opening, or a request that no class matches. */
  readonly class: number;
  /** Group of that class, or -1. */
  readonly group: number;
  /** Edges of the regions of the request's class: region i lies between edges i and i + 1. */
  readonly edges: Int32Array | null;
  /** All answer messages, one behind the other. */
  readonly answer: Uint8Array;
  /** State that the exchange led to. */
  readonly state: number;
  /** Unix milliseconds at which the answer was given. */
  readonly time: number;
  /** The same for when it was asked for; absent: at once. */
  readonly asked?: number;
  /** The opening alone: the same for when the session was over; absent: it is not. */
  readonly over?: number;
}

/** Where in a session a rule is looked at: `said[at]` is the exchange whose answer is wanted. */
export interface Context {
  readonly said: readonly Said[];
  readonly at: number;
  readonly environment: Environment;
  /** Unix milliseconds at which the answer is given. */
  readonly now: number;
  /** Other sessions of the same source, the latest last; they may still go on. */
  readonly past?: readonly (readonly Said[])[];
  /** What the registers of the service hold before the exchange; null: that is not known. */
  readonly registers?: readonly (Uint8Array | null)[];
  /** The port at which a data session is awaited, the same however often one answer asks; null: none is to be had. */
  readonly port?: () => number | null;
}

export interface Place {
  readonly bytes: Uint8Array;
  readonly edges: Int32Array | null;
}
