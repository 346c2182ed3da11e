/** What a running server tells whoever listens: one event for everything that happens to a session. */
import type { Endpoint } from '../capture/types.js';
import type { Note } from '../emulate/types.js';

/** Fields that every event of a session has. */
export interface OfSession {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Number of the session since the server started, from 1. */
  readonly session: number;
  /** As in `tcp/6379`: the port in the model, not the one it was moved to. */
  readonly service: string;
  readonly client: Endpoint;
}

/** Why a session is over. */
export type Ending =
  | 'server fin'
  | 'server rst'
  | 'client fin'
  | 'client rst'
  | 'idle'
  | 'too long'
  | 'too much received'
  | 'too slow a reader'
  | 'evicted'
  | 'error'
  | 'shutdown';

/** Sums of a session that is over. */
export interface SessionSums {
  readonly seconds: number;
  readonly received: number;
  readonly sent: number;
  /** Requests answered as learned, those answered like the nearest known one, and those that nothing was like. */
  readonly answered: number;
  readonly nearest: number;
  readonly unknown: number;
}

/** An event of the server. */
export type ServeEvent =
  | {
      readonly event: 'listening';
      readonly time: number;
      readonly service: string;
      readonly address: string;
      readonly port: number;
    }
  | (OfSession & { readonly event: 'opened'; readonly server: Endpoint })
  | (OfSession & { readonly event: 'received' | 'sent'; readonly bytes: Uint8Array })
  | (OfSession & { readonly event: 'note'; readonly note: Note })
  | (OfSession & { readonly event: 'closed'; readonly why: Ending; readonly sums: SessionSums })
  /** A client that was turned away before its session began. */
  | {
      readonly event: 'refused';
      readonly time: number;
      readonly service: string;
      readonly source: string;
      readonly why: string;
    }
  /** Something went wrong that the server survived. */
  | {
      readonly event: 'error';
      readonly time: number;
      readonly service: string;
      readonly session: number | null;
      readonly message: string;
    };

/** Takes events; must not throw, and is guarded where it does. */
export type Log = (event: ServeEvent) => void;
