/** What a server did: JSON lines in a file, or a line for each session on a terminal. */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { printable } from '../bytes/bytes.js';
import type { Alert } from '../events/index.js';
import type { Log, OfSession, ServeEvent } from '../net/index.js';
import { CommandError, FAILED } from './failure.js';
import { bytesText, colour } from './text.js';

/** Bytes of a message that a line for people shows. */
const SHOWN = 60;
/** Bytes that may wait for a slow disk or reader; beyond it lines are dropped, and counted. */
const MOST_WAITING = 64 * 1024 * 1024;

/** Takes events until it is closed. */
export interface Journal {
  readonly log: Log;
  /** What is made of events, where a state is kept. */
  readonly alert: (alert: Alert) => void;
  close(): Promise<void>;
}

/** An event that is kept, with what the store knows of it. */
export type StoredLine = Alert & { readonly id?: number; readonly conversation?: number | null };

/** One event as one line: bytes escaped, time in ISO 8601. */
export function toLine(event: ServeEvent | StoredLine): string {
  return JSON.stringify(event, (key, value: unknown) => {
    if (value instanceof Uint8Array) return printable(value);
    return key === 'time' && typeof value === 'number' ? new Date(value).toISOString() : value;
  });
}

// JSON.stringify would ask a Buffer's own toJSON first.
function plainBytes(event: ServeEvent): ServeEvent {
  if (event.event === 'received' || event.event === 'sent') return { ...event, bytes: asArray(event.bytes) };
  if (event.event === 'note') return { ...event, note: { ...event.note, request: asArray(event.note.request) } };
  return event;
}

function asArray(bytes: Uint8Array): Uint8Array {
  return Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes;
}

function linesTo(stream: Writable, own: boolean): Journal {
  let dropped = 0;
  stream.on('error', () => undefined);
  const put = (event: ServeEvent | Alert): void => {
    if (stream.writableLength > MOST_WAITING) {
      dropped++;
      return;
    }
    if (dropped > 0) stream.write(`${JSON.stringify({ event: 'dropped', lines: dropped })}\n`);
    dropped = 0;
    stream.write(`${toLine(event)}\n`);
  };
  return {
    log: (event) => put(plainBytes(event)),
    alert: put,
    close: () => new Promise((resolve) => (own ? stream.end(() => resolve()) : stream.write('', () => resolve()))),
  };
}

function who({ session, service, client }: OfSession): string {
  return `${colour.dim(`#${session}`)} ${service} ${client.address}:${client.port}`;
}

/** A line for people, where an event deserves one. */
function toHuman(event: ServeEvent): string | null {
  switch (event.event) {
    case 'note':
      if (event.note.kind === 'answered') return null;
      return `${who(event)} ${event.note.kind === 'unknown' ? colour.red('unknown') : colour.yellow('not quite known')}: ${printable(event.note.request, SHOWN)} (${event.note.why})`;
    case 'closed': {
      const { received, sent, answered, nearest, unknown, seconds } = event.sums;
      return `${who(event)} ${event.why} after ${seconds.toFixed(1)} s: ${bytesText(received)} in, ${bytesText(sent)} out, ${answered} answered, ${nearest} nearly, ${unknown} unknown`;
    }
    case 'refused':
      return `${event.service} ${event.source} ${colour.yellow('turned away')}: ${event.why}`;
    case 'handover':
      return `${who(event)} ${colour.cyan('hand-over')} ${event.step}: ${event.why}`;
    case 'error':
      return `${event.service} ${colour.red('error')}: ${event.message}`;
    case 'listening':
    case 'opened':
    case 'received':
    case 'sent':
    case 'client ended':
      return null;
  }
}

/**
 * @param target a file, `-` for standard output, or nothing: a line for each session if standard error is a terminal.
 */
export async function openJournal(target: string | undefined): Promise<Journal> {
  if (target === '-') return linesTo(process.stdout, false);
  if (target !== undefined) {
    const stream = createWriteStream(target, { flags: 'a' });
    try {
      await once(stream, 'open');
    } catch (error) {
      throw new CommandError(
        FAILED,
        `${target}: the log can not be written: ${error instanceof Error ? error.message : String(error)}; choose another file`,
      );
    }
    return linesTo(stream, true);
  }
  const close = (): Promise<void> => Promise.resolve();
  if (!process.stderr.isTTY) return { log: () => undefined, alert: () => undefined, close };
  return {
    log(event) {
      const line = toHuman(event);
      if (line !== null) process.stderr.write(`${line}\n`);
    },
    alert(alert) {
      if (alert.event === 'refined')
        process.stderr.write(
          `${alert.service} ${colour.cyan('refined')} for ${alert.activity}: ${alert.version === null ? '' : `version ${alert.version}${alert.waits ? ' waits' : ''}, `}${alert.why}\n`,
        );
      if (alert.event === 'unknown request' && alert.severity === 'alert')
        process.stderr.write(
          `${colour.red('new activity')} ${alert.activity} at ${alert.service} by ${alert.source}\n`,
        );
    },
    close,
  };
}
