/** What strangers may use up: bounds on everything that a client can make grow. */

/** Bounds of a running server; each is an option of `scriptgen serve`. */
export interface Limits {
  /** TCP connections, and UDP dialogues, at a time. */
  readonly connections: number;
  /** The same for one source address. */
  readonly perSource: number;
  /** Bytes that one session may send. */
  readonly received: number;
  /** Bytes waiting for a client that does not read: above this nothing more is read from it … */
  readonly pauseAt: number;
  /** … and above this it is cut off. */
  readonly buffered: number;
  /** Milliseconds without a byte in either direction after which a connection ends. */
  readonly idle: number;
  /** Milliseconds without a datagram after which a UDP dialogue is forgotten. */
  readonly datagramIdle: number;
  /** Milliseconds that a session may last. */
  readonly session: number;
}

const MEBIBYTE = 1024 * 1024;
const SECOND = 1000;

export const DEFAULT_LIMITS: Limits = {
  connections: 10_000,
  perSource: 1_000,
  received: 64 * MEBIBYTE,
  pauseAt: MEBIBYTE,
  buffered: 64 * MEBIBYTE,
  idle: 10 * 60 * SECOND,
  datagramIdle: 60 * SECOND,
  session: 24 * 60 * 60 * SECOND,
};
