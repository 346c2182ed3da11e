/**
 * Reads every file of the collection of odd captures: link types, fragments, tunnels, file variants,
 * reassembly. The collection stands beside the project, not in it; without it the test says so.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CaptureError, type Session, newReport, readSessions } from '../src/capture/index.js';

const captures = fileURLToPath(new URL('../../shared/captures/', import.meta.url));
const folder = join(captures, 'robustness');
const testbed = join(captures, 'testbed');

async function read(
  path: string,
): Promise<{ sessions: Session[]; warnings: string[]; error: CaptureError | undefined }> {
  const report = newReport();
  const sessions: Session[] = [];
  try {
    for await (const session of readSessions([path], report)) sessions.push(session);
    return { sessions, warnings: report.warnings, error: undefined };
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return { sessions, warnings: report.warnings, error };
  }
}

describe.skipIf(!existsSync(folder))('odd captures', () => {
  const files = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.pcap(ng)?$/.test(name))
        .sort()
    : [];
  const manifest = existsSync(folder)
    ? readFileSync(join(folder, 'MANIFEST.tsv'), 'utf8').trim().split('\n').slice(1)
    : [];
  const broken = new Set(
    manifest
      .map((line) => line.split('\t'))
      .filter((f) => f.at(-1)?.trim() !== 'ok')
      .map(([file]) => file),
  );

  it('there are some', () => expect(files.length).toBeGreaterThan(400));

  it.each(files)('%s', { timeout: 60_000 }, async (name) => {
    const { sessions, warnings, error } = await read(join(folder, name));
    for (const session of sessions) {
      let previous = '';
      for (const message of session.messages) {
        expect(message.pieces.reduce((sum, length) => sum + length, 0)).toBe(message.bytes.length);
        if (session.transport === 'tcp') expect(message.from).not.toBe(previous);
        previous = message.from;
      }
    }
    if (broken.has(name)) {
      const said = error?.message ?? warnings.join('\n');
      expect(said).toContain(name);
    }
  });
});

describe.skipIf(!existsSync(testbed))('captures of the testbed', () => {
  const files = existsSync(testbed) ? readdirSync(testbed).filter((name) => name.endsWith('.pcap')) : [];

  it.each(files)('%s: all sessions are complete, or really refused', async (name) => {
    const { sessions, warnings, error } = await read(join(testbed, name));
    expect(error).toBeUndefined();
    expect(warnings).toEqual([]);
    expect(sessions.length).toBeGreaterThanOrEqual(50);
    for (const session of sessions) expect(['complete', 'refused']).toContain(session.outcome);
  });
});

if (!existsSync(folder)) console.warn(`SKIPPED: no collection of odd captures at ${folder}`);
