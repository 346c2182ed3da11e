/** The testbed's captures through the built command, where they lie beside the project. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '..');
const command = join(root, 'dist', 'cli', 'main.js');
const captures = resolve(process.env['TESTBED_CAPTURES'] ?? join(root, '..', 'shared', 'captures', 'testbed'));
const there = existsSync(captures);
const names = there
  ? readdirSync(captures)
      .filter((name) => name.endsWith('.pcap'))
      .sort()
  : [];

/** All files of a folder with what they hold, as one hash. */
function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(folder, name);
    if (statSync(path).isFile()) hash.update(name).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

describe.skipIf(!there)('captures of real servers', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'scriptgen-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(names)('%s is learned, and gives the same model again', { timeout: 600_000 }, async (name) => {
    const models = ['first', 'again'].map((which) => join(folder, `${name}-${which}`));
    const learned = models.map((model) =>
      run(process.execPath, [command, 'learn', join(captures, name), '-o', model], { maxBuffer: 1 << 26 }),
    );
    for (const { stdout } of await Promise.all(learned)) expect(stdout).not.toBe('');
    const [first, again] = models.map(fingerprint);
    expect(again).toBe(first);
  });
});
