/** Client sockets that nothing is thrown out of: a failure is a sentence, and everything waits for a bounded time. */
import dgram from 'node:dgram';
import net from 'node:net';
import { codeOf } from './errors.js';

/** How waiting for an answer went. */
export type Heard = 'all' | 'less' | 'nothing';

/** How much is waited for. */
export interface Awaited {
  readonly bytes?: number;
  /** Datagrams. */
  readonly parts?: number;
}

/** A client's end of a session. */
export interface Client {
  /** Why there is no connection. */
  readonly failure: string | null;
  open(timeout: number): Promise<void>;
  /** @param elsewhere UDP: to the port that the server last answered from. */
  send(bytes: Uint8Array, elsewhere: boolean): void;
  /** Closes this side only. */
  end(): void;
  /** Waits for bytes that have not been taken yet. */
  hear(awaited: Awaited, timeout: number, quiet: number): Promise<Heard>;
  /** What has arrived since the last time. */
  take(): Uint8Array[];
  close(how: 'fin' | 'rst', grace: number): Promise<void>;
}

/** What arrives, and who waits for it. */
class Inbox {
  #isOver = false;
  #parts: Uint8Array[] = [];
  #wake: () => void = () => undefined;

  put(bytes: Uint8Array): void {
    this.#parts.push(new Uint8Array(bytes));
    this.#wake();
  }

  over(): void {
    this.#isOver = true;
    this.#wake();
  }

  take(): Uint8Array[] {
    return this.#parts.splice(0);
  }

  async hear(awaited: Awaited, timeout: number, quiet: number): Promise<Heard> {
    const end = Date.now() + timeout;
    while (!this.#has(awaited)) {
      const before = this.#parts.length;
      const rest = end - Date.now();
      const news = this.#isOver || rest <= 0 ? false : await this.#change(before > 0 ? Math.min(quiet, rest) : rest);
      if (!news) return before > 0 ? 'less' : 'nothing';
    }
    return 'all';
  }

  #has({ bytes = 0, parts = 0 }: Awaited): boolean {
    return this.#parts.length >= parts && this.#parts.reduce((sum, part) => sum + part.length, 0) >= bytes;
  }

  /** Whether anything happened in so many milliseconds. */
  #change(milliseconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

/** Why a connection failed, for people. */
function reason(error: unknown): string {
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connection refused',
    ECONNRESET: 'connection reset',
    EHOSTUNREACH: 'no route to host',
    ENETUNREACH: 'network unreachable',
    ETIMEDOUT: 'no answer to the connection attempt',
    ENOTFOUND: 'unknown host',
  };
  return reasons[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
}

/** TCP. */
export class StreamClient implements Client {
  failure: string | null = null;
  readonly #inbox = new Inbox();
  readonly #host: string;
  readonly #port: number;
  #socket: net.Socket | undefined;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  open(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const socket = net.connect({ host: this.#host, port: this.#port, allowHalfOpen: true });
      this.#socket = socket;
      let isOpen = false;
      const timer = setTimeout(() => socket.destroy(new Error('no answer to the connection attempt')), timeout);
      socket.once('connect', () => {
        isOpen = true;
        clearTimeout(timer);
        socket.setNoDelay(true);
        resolve();
      });
      socket.on('data', (bytes) => this.#inbox.put(bytes));
      socket.on('end', () => this.#inbox.over());
      socket.on('error', (error) => {
        if (!isOpen) this.failure = reason(error);
      });
      socket.on('close', () => {
        clearTimeout(timer);
        this.#inbox.over();
        resolve();
      });
    });
  }

  send(bytes: Uint8Array): void {
    if (this.#socket?.writable === true) this.#socket.write(bytes);
  }

  end(): void {
    this.#socket?.end();
  }

  hear(awaited: Awaited, timeout: number, quiet: number): Promise<Heard> {
    return this.#inbox.hear(awaited, timeout, quiet);
  }

  take(): Uint8Array[] {
    return this.#inbox.take();
  }

  close(how: 'fin' | 'rst', grace: number): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      if (socket === undefined || socket.destroyed) {
        resolve();
        return;
      }
      const timer = setTimeout(() => socket.destroy(), grace);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      if (how === 'rst') socket.resetAndDestroy();
      else socket.end();
    });
  }
}

/** UDP: one socket, whose server may answer from another port than it was asked at. */
export class DatagramClient implements Client {
  failure: string | null = null;
  readonly #inbox = new Inbox();
  readonly #host: string;
  readonly #port: number;
  #elsewhere: number | undefined;
  #socket: dgram.Socket | undefined;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  open(): Promise<void> {
    return new Promise((resolve) => {
      const socket = dgram.createSocket(net.isIPv6(this.#host) ? 'udp6' : 'udp4');
      this.#socket = socket;
      socket.on('message', (bytes, from) => {
        if (from.port !== this.#port) this.#elsewhere = from.port;
        this.#inbox.put(bytes);
      });
      socket.on('error', (error) => {
        this.failure = reason(error);
        this.#inbox.over();
        resolve();
      });
      socket.bind(0, () => resolve());
    });
  }

  send(bytes: Uint8Array, elsewhere: boolean): void {
    const port = elsewhere ? (this.#elsewhere ?? this.#port) : this.#port;
    this.#socket?.send(bytes, port, this.#host, (error) => {
      if (error !== null) this.failure = reason(error);
    });
  }

  end(): void {
    // A datagram socket has no side to close.
  }

  hear(awaited: Awaited, timeout: number, quiet: number): Promise<Heard> {
    return this.#inbox.hear(awaited, timeout, quiet);
  }

  take(): Uint8Array[] {
    return this.#inbox.take();
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket === undefined) resolve();
      else this.#socket.close(() => resolve());
    });
  }
}
