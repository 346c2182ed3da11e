/** Reads the captures that a command names. */
import { stat } from 'node:fs/promises';
import { groupConversations, newReport, readSessions } from '../capture/index.js';
import type { CaptureReport, Session } from '../capture/index.js';
import { wrong } from './failure.js';
import type { ServiceName } from './options.js';
import { bytesText, count, listCounts } from './text.js';

/** Which part of the captures is wanted. */
export interface Wanted {
  readonly server?: readonly string[];
  readonly port?: readonly ServiceName[];
  /** Only the first so many conversations. */
  readonly first?: number;
}

/** Everything that was read. */
export interface Captured {
  readonly sessions: readonly Session[];
  readonly report: CaptureReport;
  /** Conversations with a server, before and after `first`. */
  readonly conversations: number;
  readonly used: number;
}

async function sizeOf(files: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const file of files) if (file !== '-') bytes += (await stat(file).catch(() => ({ size: 0 }))).size;
  return bytes;
}

/**
 * @param show called with the part that is read, 0…1.
 */
export async function readCaptures(
  files: readonly string[],
  wanted: Wanted,
  show: (done: number) => void = () => undefined,
): Promise<Captured> {
  if (files.filter((file) => file === '-').length > 1)
    throw wrong('standard input (-) can be read once only; name it once');
  const report = newReport();
  const all = await sizeOf(files);
  const sessions: Session[] = [];
  const reading = readSessions(files, report, {
    ...(wanted.server === undefined ? {} : { servers: wanted.server }),
    ...(wanted.port === undefined ? {} : { ports: wanted.port }),
    onProgress: (bytes) => show(all === 0 ? 0 : Math.min(1, bytes / all)),
  });
  for await (const session of reading) sessions.push(session);
  const conversations = groupConversations(sessions);
  const used = conversations.slice(0, wanted.first);
  return {
    sessions: wanted.first === undefined ? sessions : used.flatMap((conversation) => [...conversation.sessions]),
    report,
    conversations: conversations.length,
    used: used.length,
  };
}

/** What was read and what could not be, in lines for people. */
export function describeCapture({ report, conversations, used }: Captured): string[] {
  const bytes = report.files.reduce((sum, file) => sum + file.bytes, 0);
  const names = report.files.length === 1 ? (report.files[0]?.name ?? '') : count(report.files.length, 'capture');
  const lines = [
    `${names}: ${count(report.packets, 'packet')}, ${bytesText(bytes)}, ${count(conversations, 'conversation')}${used < conversations ? `, the first ${used} used` : ''}`,
  ];
  const sessions = listCounts(report.sessions);
  if (sessions !== '') lines.push(`  sessions: ${sessions}`);
  const leftOut = listCounts(report.leftOut);
  if (leftOut !== '') lines.push(`  packets left out: ${leftOut}`);
  return lines;
}

/** What is damaged in the captures, on standard error. */
export function warn(report: CaptureReport): void {
  for (const warning of report.warnings) process.stderr.write(`scriptgen: warning: ${warning}\n`);
}
