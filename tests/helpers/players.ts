/** Clients that play steps against a server and say what they heard. */
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable, Writable } from 'node:stream';
import { PATIENCE } from './patience.js';
import type { Step } from './steps.js';

/** Time for an answer that should not come. */
const GRACE = 40;

/** A connection with a server: what arrives waits until it is asked for. */
export abstract class Line {
  over = false;
  private parts: Uint8Array[] = [];
  private woken: () => void = () => undefined;

  abstract say(bytes: Uint8Array): void;
  /** Nothing more will be said. */
  abstract end(): void;
  /** Whether this is as much as was wanted. */
  abstract enough(heard: readonly Uint8Array[], wanted: readonly Uint8Array[]): boolean;

  protected hears(bytes: Uint8Array): void {
    this.parts.push(bytes);
    this.woken();
  }

  protected isOver(): void {
    this.over = true;
    this.woken();
  }

  /** Waits for what is wanted (`null`: for the end) and takes everything that has come. */
  async take(wanted: readonly Uint8Array[] | null): Promise<Uint8Array[]> {
    const until = performance.now() + PATIENCE;
    while (!this.over && performance.now() < until && (wanted === null || !this.enough(this.parts, wanted))) {
      await Promise.race([new Promise<void>((resolve) => (this.woken = resolve)), sleep(until - performance.now())]);
    }
    const { parts } = this;
    this.parts = [];
    return parts;
  }
}

/** Bytes without bounds between messages. */
export class StreamLine extends Line {
  private readonly output: Writable;

  constructor(input: Readable, output: Writable) {
    super();
    this.output = output;
    input.on('data', (bytes: Uint8Array) => this.hears(bytes));
    input.on('end', () => this.isOver());
    input.on('error', () => this.isOver());
    output.on('error', () => undefined);
  }

  say(bytes: Uint8Array): void {
    this.output.write(bytes);
  }

  end(): void {
    this.output.end();
  }

  enough(heard: readonly Uint8Array[], wanted: readonly Uint8Array[]): boolean {
    const length = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);
    return length(heard) >= length(wanted);
  }
}

/** Datagrams; an answer from a new port is answered there. */
export class DatagramLine extends Line {
  private readonly socket = createSocket('udp4');
  private readonly address: string;
  private port: number;

  constructor(address: string, port: number) {
    super();
    this.address = address;
    this.port = port;
    this.socket.on('message', (bytes, from) => {
      this.port = from.port;
      this.hears(bytes);
    });
  }

  /** Resolves to the client's port. */
  async bind(): Promise<number> {
    await new Promise<void>((resolve) => this.socket.bind(0, this.address, resolve));
    return this.socket.address().port;
  }

  say(bytes: Uint8Array): void {
    this.socket.send(bytes, this.port, this.address);
  }

  end(): void {
    this.socket.close();
  }

  enough(heard: readonly Uint8Array[], wanted: readonly Uint8Array[]): boolean {
    return heard.length >= wanted.length;
  }
}

const END = 0xffffffff;

/** The frames of `honeyd.py`. */
export class FramedLine extends Line {
  private readonly datagrams: boolean;
  private readonly output: Writable;

  constructor(input: Readable, output: Writable, datagrams: boolean) {
    super();
    this.datagrams = datagrams;
    this.output = output;
    let buffer = Buffer.alloc(0);
    input.on('data', (bytes: Buffer) => {
      buffer = Buffer.concat([buffer, bytes]);
      while (buffer.length >= 4 && buffer.length >= 4 + buffer.readUInt32BE()) {
        const end = 4 + buffer.readUInt32BE();
        this.hears(buffer.subarray(4, end));
        buffer = buffer.subarray(end);
      }
    });
    input.on('end', () => this.isOver());
    output.on('error', () => undefined);
  }

  say(bytes: Uint8Array): void {
    this.frame(bytes.length);
    this.output.write(bytes);
  }

  end(): void {
    if (this.datagrams) this.output.end();
    else this.frame(END);
  }

  enough(heard: readonly Uint8Array[], wanted: readonly Uint8Array[]): boolean {
    if (this.datagrams) return heard.length >= wanted.length;
    return StreamLine.prototype.enough(heard, wanted);
  }

  private frame(length: number): void {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(length);
    this.output.write(head);
  }
}

/** Plays steps; what was heard at each. */
export async function play(line: Line, steps: readonly Step[], silence: number): Promise<Uint8Array[][]> {
  const heard: Uint8Array[][] = [];
  for (const step of steps) {
    if (step.say === null) line.end();
    else if (step.say.length > 0) line.say(step.say);
    if (step.hear.length === 0 && !step.closed) await sleep((step.waited ? silence : 0) + GRACE);
    heard.push(await line.take(step.closed ? null : step.hear));
  }
  return heard;
}
