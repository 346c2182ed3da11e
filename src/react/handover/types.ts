/** What goes into a hand-over and what comes out of it. */
import type { Addresses } from './patterns.js';
import type { ServiceModel } from '../../model/types.js';

/** A request that was answered by the emulator, or the opening of the session (an empty request). */
export interface PastExchange {
  readonly request: Uint8Array;
  /** UDP: it came to the port from which the answer before had gone. */
  readonly atFreshPort: boolean;
  /** UDP: a datagram each; TCP: as they were said. */
  readonly answers: readonly Uint8Array[];
}

/** What the client has said and nobody has answered. */
export interface Waiting {
  readonly bytes: Uint8Array;
  readonly atFreshPort: boolean;
}

/** All that a hand-over begins with. */
export interface Beginning {
  readonly service: Pick<ServiceModel, 'transport' | 'framing' | 'states' | 'server'>;
  readonly past: readonly PastExchange[];
  readonly waiting: readonly Waiting[];
  /** Ports that the emulator has offered for data sessions. */
  readonly ports: readonly number[];
  readonly addresses: Addresses;
  /** Milliseconds that the real host has for each answer of the replay. */
  readonly timeout: number;
  /** Opens a port here for a data session that the real host offers. */
  readonly openPort?: () => number | null;
}

/** What is to be done, in this order. */
export type Step =
  /** `freshPort`: to the port that the real host answered from last, or from a port other than the service's. */
  | { readonly kind: 'to backend' | 'to client'; readonly bytes: Uint8Array; readonly freshPort: boolean }
  /** The data session that the emulator offered at one port takes place at another one of the real host. */
  | { readonly kind: 'port'; readonly ours: number; readonly theirs: number }
  /** The real host is where the emulator was: from now on it speaks. */
  | { readonly kind: 'relays' }
  /** It can not be brought there. */
  | { readonly kind: 'diverged' | 'failed'; readonly why: string };
