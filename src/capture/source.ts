/** Where bytes come from: a file, standard input or any stream, gzip'ed or not. */
import { createReadStream, statSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { concat } from '../bytes/bytes.js';
import { CaptureError } from './errors.js';

const CHUNK = 1 << 20;
/** Input for the decompressor at a time: bounds what it can blow up to before anyone takes it. */
const GZIP_PIECE = 1 << 14;

export type Source = string | NodeJS.ReadableStream;

export function nameOf(source: Source): string {
  if (source === '-') return 'standard input';
  return typeof source === 'string' ? source : 'the stream';
}

/** Fails at once when a file is not there, before hours are spent on those before it. */
export function checkSource(source: Source): void {
  if (typeof source !== 'string' || source === '-') return;
  let isDirectory: boolean;
  try {
    isDirectory = statSync(source).isDirectory();
  } catch (error) {
    throw unreadable(source, error);
  }
  if (isDirectory) throw new CaptureError('unreadable', `${source} is a directory; name the capture files in it`);
}

function unreadable(name: string, error: unknown): CaptureError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new CaptureError('missing', `${name} does not exist; check the path`);
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new CaptureError('unreadable', `${name} may not be read; check its permissions`);
  }
  const why = error instanceof Error ? error.message : String(error);
  return new CaptureError('unreadable', `${name} cannot be read (${why}); check the file and the disk`);
}

/** What happens to a source while it is read. */
export interface SourceEvents {
  /** Raw bytes, before decompression. */
  read(bytes: number): void;
  /** Half a sentence: the bytes end here although the source does not. */
  damaged(why: string): void;
}

/**
 * The bytes of a source in chunks, decompressed where they start with the magic number of gzip.
 * Throws CaptureError when not even the first chunk can be read; later trouble ends the bytes and
 * is told to `events.damaged`.
 */
export async function* readSource(source: Source, events: SourceEvents): AsyncGenerator<Uint8Array> {
  const chunks = rawChunks(source, events);
  const first = await chunks.next();
  if (first.done === true) return;
  const all = prepend(first.value, chunks);
  if (first.value[0] === 0x1f && first.value[1] === 0x8b) yield* gunzip(all, events);
  else yield* all;
}

async function* prepend(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

async function* rawChunks(source: Source, events: SourceEvents): AsyncGenerator<Uint8Array> {
  const stream =
    source === '-'
      ? process.stdin
      : typeof source === 'string'
        ? createReadStream(source, { highWaterMark: CHUNK })
        : source;
  let some = false;
  let held: Uint8Array | undefined;
  try {
    for await (const chunk of stream) {
      const bytes = plain(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : (chunk as Uint8Array));
      events.read(bytes.length);
      // A pipe may give less than a magic number at first.
      const ready: Uint8Array = held === undefined ? bytes : concat([held, bytes]);
      held = undefined;
      if (some || ready.length >= 4) {
        some = true;
        yield ready;
      } else {
        held = ready;
      }
    }
  } catch (error) {
    const failure = unreadable(nameOf(source), error);
    if (!some) throw failure;
    events.damaged(failure.message);
  }
  if (held !== undefined) yield held;
}

/** The same bytes without Buffer's own `slice`, which does not copy, and its slower `subarray`. */
function plain(chunk: Uint8Array): Uint8Array {
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

/** Hands on all that can be decompressed; a truncated or damaged stream ends early. */
async function* gunzip(input: AsyncGenerator<Uint8Array>, events: SourceEvents): AsyncGenerator<Uint8Array> {
  const inflate = createGunzip({ chunkSize: 1 << 18 });
  let out: Uint8Array[] = [];
  let failure: Error | undefined;
  inflate.on('data', (chunk: Uint8Array) => out.push(plain(chunk)));
  inflate.on('error', (error) => {
    failure = error;
  });
  const closed = new Promise<void>((resolve) => inflate.once('close', resolve));
  try {
    for await (const chunk of input) {
      for (let at = 0; at < chunk.length && failure === undefined; at += GZIP_PIECE) {
        const written = new Promise<void>((resolve) => {
          inflate.write(chunk.subarray(at, at + GZIP_PIECE), () => resolve());
        });
        await Promise.race([written, closed]);
        if (out.length > 0) {
          const ready = out;
          out = [];
          yield* ready;
        }
      }
      if (failure !== undefined) break;
    }
    if (failure === undefined) {
      inflate.end();
      await closed;
    }
    yield* out;
    if (failure !== undefined) events.damaged(`the gzip data are damaged or cut short (${failure.message})`);
  } finally {
    inflate.destroy();
  }
}
