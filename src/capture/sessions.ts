/** Reads sessions out of capture files and streams. */
import { ByteQueue } from './bytequeue.js';
import { Engine, type EngineOptions } from './engine.js';
import { CaptureError } from './errors.js';
import { Packet, type PacketParser } from './packet.js';
import { PCAP_HEADER, PcapParser, isPcap } from './pcap.js';
import { unsupported } from './link.js';
import { PcapngParser, isPcapng } from './pcapng.js';
import { warn } from './report.js';
import { type Source, checkSource, nameOf, readSource } from './source.js';
import type { CaptureReport, Session } from './types.js';

export interface CaptureOptions extends EngineOptions {
  /** Called with the bytes read so far from all files together, before decompression. */
  readonly onProgress?: (bytesRead: number) => void;
}

/** Beginnings of other things that people take for captures, and what to do about them. */
const FOREIGN: readonly (readonly [magic: readonly number[], what: string])[] = [
  [[0x28, 0xb5, 0x2f, 0xfd], 'is compressed with zstd; decompress it first (unzstd)'],
  [[0xfd, 0x37, 0x7a, 0x58], 'is compressed with xz; decompress it first (unxz)'],
  [[0x42, 0x5a, 0x68], 'is compressed with bzip2; decompress it first (bunzip2)'],
  [[0x04, 0x22, 0x4d, 0x18], 'is compressed with lz4; decompress it first (unlz4)'],
  [[0x50, 0x4b, 0x03, 0x04], 'is a zip archive; unpack it first'],
  [[0x73, 0x6e, 0x6f, 0x6f, 0x70], 'is a snoop capture; convert it first (editcap -F pcap)'],
];

function foreign(queue: ByteQueue, name: string): CaptureError {
  const known = FOREIGN.find(([magic]) => magic.every((byte, i) => queue.bytes[queue.at + i] === byte));
  const what = known?.[1] ?? 'is not a packet capture (pcap or pcapng, as tcpdump -w writes); name a capture';
  return new CaptureError('foreign', `${name} ${what}`);
}

/** The parser for what the queue begins with; undefined while too little is there. */
function openParser(queue: ByteQueue, name: string, isEnd: boolean): PacketParser | undefined {
  if (!queue.has(4)) {
    if (isEnd) throw foreign(queue, name);
    return undefined;
  }
  if (isPcapng(queue.bytes, queue.at)) return new PcapngParser();
  if (!isPcap(queue.bytes, queue.at)) throw foreign(queue, name);
  if (queue.has(PCAP_HEADER)) return new PcapParser(queue, name);
  if (!isEnd) return undefined;
  throw new CaptureError('foreign', `${name} ends inside its file header; copy or record it again`);
}

/**
 * Reads sessions from captures as a stream: '-' is standard input. Memory is bounded by what is
 * open, not by the length of the capture. Each session comes when it has ended, those still open
 * at the end of the last file; sessions go on from one file to the next, as rotated captures need.
 * Throws CaptureError for a file that cannot be used at all; damage further on is a warning.
 */
export async function* readSessions(
  files: readonly Source[],
  report: CaptureReport,
  options: CaptureOptions = {},
): AsyncGenerator<Session> {
  files.forEach(checkSource);
  const engine = new Engine(report, options);
  let bytesRead = 0;
  for (const source of files) {
    const counted = (bytes: number): void => {
      bytesRead += bytes;
      options.onProgress?.(bytesRead);
    };
    yield* readFile(source, report, engine, counted);
  }
  engine.finish();
  yield* engine.take();
}

/** One capture while it is read: how far, and what is wrong with it. */
class FileReading {
  readonly #file: { name: string; packets: number; bytes: number };
  readonly #queue = new ByteQueue();
  readonly #packet = new Packet();
  readonly #linkTypes = new Set<number>();
  #parser: PacketParser | undefined;
  /** Why the source ended before the file did. */
  #ended = '';

  readonly #report: CaptureReport;
  readonly #engine: Engine;

  constructor(report: CaptureReport, engine: Engine, name: string) {
    this.#report = report;
    this.#engine = engine;
    this.#file = { name, packets: 0, bytes: 0 };
    report.files.push(this.#file);
  }

  /** What the source is told to call. */
  watch(counted: (bytes: number) => void): { read: (bytes: number) => void; damaged: (why: string) => void } {
    return {
      read: (bytes) => {
        this.#file.bytes += bytes;
        counted(bytes);
      },
      damaged: (why) => {
        this.#ended = why;
      },
    };
  }

  /**
   * Hands all packets that are there to the engine.
   *
   * @returns whether more of the file is of use
   * @throws CaptureError where this is no capture
   */
  take(chunk: Uint8Array): boolean {
    this.#queue.push(chunk);
    this.#parser ??= openParser(this.#queue, this.#file.name, false);
    if (this.#parser === undefined) return true;
    for (;;) {
      const step = this.#parser.next(this.#queue, this.#packet);
      if (step === 'more') return true;
      if (step === 'damaged') {
        this.#damaged(this.#parser.damage);
        return false;
      }
      this.#file.packets++;
      this.#report.packets++;
      this.#linkTypes.add(this.#packet.linkType);
      this.#engine.packet(this.#packet);
    }
  }

  #damaged(damage: string): void {
    if (this.#queue.offset === 0)
      throw new CaptureError('foreign', `${this.#file.name} cannot be read: ${damage}; record or convert it again`);
    warn(this.#report, `${this.#place()} is damaged (${damage}); what stands before it was used`);
  }

  #place(): string {
    return `${this.#file.name}: packet ${this.#file.packets + 1} at byte offset ${this.#queue.offset}`;
  }

  /**
   * Says what was wrong, once no more comes.
   *
   * @throws CaptureError where nothing of the file could be used
   */
  finish(): void {
    const { name } = this.#file;
    if (this.#file.bytes === 0)
      throw new CaptureError('empty', `${name} is empty; record it again (a capture of no packets still has a header)`);
    if (this.#parser === undefined && this.#ended !== '')
      throw new CaptureError('unreadable', `${name} cannot be read: ${this.#ended}; copy or record it again`);
    this.#parser ??= openParser(this.#queue, name, true);
    for (const linkType of this.#linkTypes) {
      if (!this.#report.leftOut.has(unsupported(linkType))) continue;
      const what = `${unsupported(linkType)}, its packets were left out`;
      warn(this.#report, `${name}: ${what}; record as Ethernet or raw IP instead`);
    }
    if (this.#parser?.damage === '') this.#warnOfTheEnd();
  }

  #warnOfTheEnd(): void {
    const used = 'what stands before it was used';
    if (this.#ended !== '') warn(this.#report, `${this.#place()} could not be read: ${this.#ended}; ${used}`);
    else if (this.#queue.length > 0) warn(this.#report, `${this.#place()} is cut short; ${used}`);
    else if (this.#file.packets === 0) warn(this.#report, `${this.#file.name} holds no packets`);
  }
}

async function* readFile(
  source: Source,
  report: CaptureReport,
  engine: Engine,
  counted: (bytes: number) => void,
): AsyncGenerator<Session> {
  const reading = new FileReading(report, engine, nameOf(source));
  for await (const chunk of readSource(source, reading.watch(counted))) {
    const isOfUse = reading.take(chunk);
    if (!isOfUse) break;
    yield* engine.take();
  }
  reading.finish();
}
