/**
 * What the capture reader hands on: messages in sessions in conversations.
 *
 * The words are those of the papers: a message is the longest run of bytes that go in one
 * direction [05 §2.2]; a session is one TCP connection or one UDP exchange; a conversation is
 * everything that one source exchanged with the host [06 §4.2].
 */

export type Transport = 'tcp' | 'udp';

export interface Endpoint {
  /** IPv4 dotted or IPv6 compressed (RFC 5952) text. */
  readonly address: string;
  readonly port: number;
}

/** One application message: for TCP the longest run in one direction, for UDP one datagram. */
export interface Message {
  readonly from: 'client' | 'server';
  readonly bytes: Uint8Array;
  /** Seconds since the epoch at which the first and the last byte were seen. */
  readonly time: number;
  readonly lastTime: number;
  /** Lengths of the pieces in which the bytes arrived, in order; they sum to `bytes.length`. */
  readonly pieces: readonly number[];
  /** Seconds at which each piece was seen, where there are more than two. */
  readonly times?: readonly number[];
  /** UDP: the server's port of this datagram where it is not the session's (some servers answer from a new port). */
  readonly serverPort?: number;
  /** What is known of the message from other sessions of the conversation (`learn/sessions/data-sessions.ts`, `learn/sessions/signals.ts`). */
  readonly part?: MessagePart;
}

/** What a message has to do with a data session [06 §4.2]: one whose port the server named in another session. */
export interface MessagePart {
  /** Not said in this session: the request of the other session that this one serves. */
  readonly isCause?: true;
  /** The server waited for the end of the data session before it said this. */
  readonly isAfter?: true;
  /** Not said in this session: what another session of the source said, and what made the server speak here. */
  readonly isSignal?: true;
  /** Ports that the message names and that the client then connected to. */
  readonly ports?: readonly NamedPort[];
}

/** Where a port stands in a message, and how. */
export interface NamedPort {
  readonly at: number;
  readonly length: number;
  readonly write: PortCodec;
}

/** How a port is written: as one decimal number, as two with something in between (high byte first), or in two bytes. */
export type PortCodec =
  | { readonly kind: 'decimal' }
  | { readonly kind: 'pair'; readonly between: Uint8Array }
  | { readonly kind: 'binary'; readonly order: 'big' | 'little' };

/** Who ended a session and how. `open`: the capture ended first (or UDP, which has no end). */
export interface Close {
  readonly by: 'client' | 'server' | 'nobody';
  readonly how: 'fin' | 'rst' | 'open';
}

/**
 * - `complete`: handshake seen (TCP), no gap in either direction: fit to learn from.
 * - `refused`: the server answered the SYN with RST, or UDP with ICMP port unreachable.
 * - `unanswered`: SYN, or UDP datagrams, without any packet from the server.
 * - `midstream`: no handshake seen.
 * - `gap`: bytes are missing inside a direction; the messages are those before the gap.
 */
export type Outcome = 'complete' | 'refused' | 'unanswered' | 'midstream' | 'gap';

export interface Session {
  /** Number of the session in order of its first packet, from 0. */
  readonly id: number;
  readonly transport: Transport;
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly start: number;
  readonly end: number;
  readonly messages: readonly Message[];
  /** TCP: the client had closed its sending side (FIN) before the server's last bytes. */
  readonly halfClosed: boolean;
  readonly close: Close;
  /** Seconds at which the first side ended it; absent: nobody did. */
  readonly over?: number;
  readonly outcome: Outcome;
  /** The session whose answer named the port of this one, and its service as in `tcp/21`: this is a data session. */
  readonly dataOf?: { readonly service: string; readonly session: number };
  /** The service that opened this session itself, to a port that its client had named. */
  readonly openedBy?: string;
}

/** Everything that one source exchanged with one host; after more than 24 h of silence it is a new source [06 §4.2]. */
export interface Conversation {
  readonly client: string;
  readonly server: string;
  readonly sessions: readonly Session[];
}

/** What was seen, used and left out, counted by cause; grows while sessions are read. */
export interface CaptureReport {
  files: { name: string; packets: number; bytes: number }[];
  packets: number;
  /** What could not be used, by cause in words ("not IP", "truncated by the snapshot length", …). */
  leftOut: Map<string, number>;
  sessions: Map<Outcome, number>;
  /** Sentences for people: a damaged file, with packet number and offset; never thrown away silently. */
  warnings: string[];
}
