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

async function* readFile(
  source: Source,
  report: CaptureReport,
  engine: Engine,
  counted: (bytes: number) => void,
): AsyncGenerator<Session> {
  const name = nameOf(source);
  const file = { name, packets: 0, bytes: 0 };
  const queue = new ByteQueue();
  const packet = new Packet();
  let parser: PacketParser | undefined;
  const linkTypes = new Set<number>();
  let ended = ''; // Why reading ended before the file did.
  const chunks = readSource(source, {
    read: (bytes) => {
      file.bytes += bytes;
      counted(bytes);
    },
    damaged: (why) => {
      ended = why;
    },
  });
  const place = (): string => `${name}: packet ${file.packets + 1} at byte offset ${queue.offset}`;
  report.files.push(file);

  reading: for await (const chunk of chunks) {
    queue.push(chunk);
    parser ??= openParser(queue, name, false);
    if (parser === undefined) continue;
    for (;;) {
      const step = parser.next(queue, packet);
      if (step === 'more') break;
      if (step === 'damaged') {
        if (queue.offset === 0) {
          throw new CaptureError('foreign', `${name} cannot be read: ${parser.damage}; record or convert it again`);
        }
        warn(report, `${place()} is damaged (${parser.damage}); what stands before it was used`);
        break reading;
      }
      file.packets++;
      report.packets++;
      linkTypes.add(packet.linkType);
      engine.packet(packet);
    }
    yield* engine.take();
  }

  if (file.bytes === 0) {
    throw new CaptureError('empty', `${name} is empty; record it again (a capture of no packets still has a header)`);
  }
  if (parser === undefined && ended !== '') {
    throw new CaptureError('unreadable', `${name} cannot be read: ${ended}; copy or record it again`);
  }
  parser ??= openParser(queue, name, true);
  for (const linkType of linkTypes) {
    if (!report.leftOut.has(unsupported(linkType))) continue;
    warn(report, `${name}: ${unsupported(linkType)}, its packets were left out; record as Ethernet or raw IP instead`);
  }
  if (parser?.damage !== '') return;
  if (ended !== '') warn(report, `${place()} could not be read: ${ended}; what stands before it was used`);
  else if (queue.length > 0) warn(report, `${place()} is cut short; what stands before it was used`);
  else if (file.packets === 0) warn(report, `${name} holds no packets`);
}
