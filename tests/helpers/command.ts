/** The program as its users have it: built, started by node, seen from outside. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** How a command ended, and what it said. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

function newest(folder: string): number {
  return Math.max(
    ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(
      (name) => statSync(path.join(folder, name)).mtimeMs,
    ),
  );
}

/** The built command: `dist/` where it is younger than the sources, else a build of its own. */
export function builtCommand(): string {
  const built = path.join(ROOT, 'dist/cli/main.js');
  if (existsSync(built) && statSync(built).mtimeMs > newest(path.join(ROOT, 'src'))) return built;
  const folder = mkdtempSync(path.join(tmpdir(), 'scriptgen-build-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['node_modules', 'package.json']) symlinkSync(path.join(ROOT, name), path.join(folder, name));
  const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', path.join(folder, 'dist')], { cwd: ROOT });
  return path.join(folder, 'dist/cli/main.js');
}

/** Runs a command to its end. */
export function runCommand(command: string, args: readonly string[], input: Uint8Array | string = ''): Promise<Ended> {
  const child = startCommand(command, args);
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return ended(child);
}

/** Starts a command that runs until it is told to end. */
export function startCommand(command: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [command, ...args], { env: { ...process.env, SCRIPTGEN_DEBUG: '', NO_COLOR: '1' } });
}

/** Waits for the end. */
export function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let out = '';
  let err = '';
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  return new Promise((resolve) => child.on('close', (status, signal) => resolve({ status, signal, out, err })));
}

/** The first line on standard output, or what was said on standard error where there is none. */
export function firstLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  return new Promise((resolve) => {
    let out = '';
    let err = '';
    child.stderr.on('data', (text: Buffer) => (err += text.toString()));
    child.stdout.on('data', (text: Buffer) => {
      out += text.toString();
      if (out.includes('\n')) resolve(out.slice(0, out.indexOf('\n')));
    });
    child.on('close', () => resolve(err));
  });
}
