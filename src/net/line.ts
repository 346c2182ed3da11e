/** Our end of a session with the real host: one TCP connection, or one UDP socket that hears that host only. */
import dgram from 'node:dgram';
import net from 'node:net';
import { plainAddress } from './address.js';
import { codeOf } from './errors.js';

/** Where the real host is, and from which of our addresses it is spoken to. */
interface Host {
  readonly address: string;
  readonly from: string | undefined;
  readonly limits: { readonly timeout: number };
}

/** What happens at the other end. */
export interface Ear {
  connected(local: string): void;
  said(bytes: Uint8Array, freshPort: boolean): void;
  /** It says nothing more. */
  ended(): void;
  /** It takes bytes again. */
  drained(): void;
  /** The session is over; `why` in words where it did not end as sessions should, `isClosed` where the port is closed. */
  over(why: string | null, isClosed?: boolean): void;
}

/** A session with the real host. */
export interface Line {
  send(bytes: Uint8Array, freshPort: boolean): void;
  /** Bytes that wait for the real host. */
  readonly waiting: number;
  end(): void;
  /** Whether it is listened to. */
  hear(on: boolean): void;
  close(how: 'fin' | 'rst'): void;
}

/** What the system says, for people. */
function reasonOf(error: unknown): string {
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'the real host refuses the connection',
    ECONNRESET: 'the real host has reset the connection',
    EPIPE: 'the real host has closed the connection',
    EHOSTUNREACH: 'there is no way to the real host',
    ENETUNREACH: 'there is no way to the real host',
    ETIMEDOUT: 'the real host does not answer',
  };
  return reasons[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
}

/** TCP. */
export class StreamLine implements Line {
  readonly #socket: net.Socket;

  constructor({ address, from, limits }: Host, port: number, ear: Ear) {
    const socket = net.connect({
      host: address,
      port,
      allowHalfOpen: true,
      ...(from === undefined ? {} : { localAddress: from }),
    });
    this.#socket = socket;
    let why: string | null = null;
    let isClosed = false;
    const late = setTimeout(
      () => socket.destroy(new Error('the real host does not take the connection in time')),
      limits.timeout,
    );
    socket.setNoDelay(true);
    socket.on('connect', () => {
      clearTimeout(late);
      ear.connected(plainAddress(socket.localAddress ?? ''));
    });
    socket.on('data', (bytes) => ear.said(bytes, false));
    socket.on('end', () => ear.ended());
    socket.on('drain', () => ear.drained());
    socket.on('error', (error) => {
      why = reasonOf(error);
      isClosed = codeOf(error) === 'ECONNREFUSED';
    });
    socket.on('close', () => {
      clearTimeout(late);
      ear.over(why, isClosed);
    });
  }

  send(bytes: Uint8Array): void {
    if (this.#socket.writable && bytes.length > 0) this.#socket.write(bytes);
  }

  get waiting(): number {
    return this.#socket.writableLength;
  }

  end(): void {
    this.#socket.end();
  }

  hear(on: boolean): void {
    if (on) this.#socket.resume();
    else this.#socket.pause();
  }

  close(how: 'fin' | 'rst'): void {
    if (how === 'rst' && !this.#socket.connecting) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }
}

/** UDP: the real host may answer from a port of its choice; nobody else is heard. */
export class DatagramLine implements Line {
  readonly #socket: dgram.Socket;
  readonly #address: string;
  readonly #port: number;
  #lastPort: number;
  #isClosed = false;

  constructor({ address, from }: Host, port: number, ear: Ear) {
    const socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4');
    this.#socket = socket;
    this.#address = address;
    this.#port = port;
    this.#lastPort = port;
    socket.on('message', (bytes, from) => {
      if (plainAddress(from.address) !== address || this.#isClosed) return;
      this.#lastPort = from.port;
      ear.said(bytes, from.port !== port);
    });
    socket.on('error', (error) => {
      this.close();
      ear.over(reasonOf(error));
    });
    socket.bind({ port: 0, ...(from === undefined ? {} : { address: from }) }, () => {
      if (!this.#isClosed) ear.connected(from ?? '');
    });
  }

  send(bytes: Uint8Array, freshPort: boolean): void {
    if (this.#isClosed) return;
    this.#socket.send(bytes, freshPort ? this.#lastPort : this.#port, this.#address, () => undefined);
  }

  get waiting(): number {
    return this.#isClosed ? 0 : this.#socket.getSendQueueSize();
  }

  end(): void {
    // a datagram socket has no side to close
  }

  hear(): void {
    // what is not read in time is lost, as datagrams are
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }
}
