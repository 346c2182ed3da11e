/** One writer at a time for a folder, across processes; the lock of a process that died is taken over. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { ModelError } from '../errors.js';
import { codeOf } from './files.js';
import { LOCK_FILE } from './layout.js';

const PATIENCE = 10_000;
const STEP = 50;

/** Whether the process that wrote this lock lives; one on another machine counts as living. */
function isHeld(text: string): boolean {
  const [pid, host] = text.trim().split(' ');
  if (host === undefined || host !== hostname()) return host !== undefined;
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Takes the lock, waiting for a living holder, and gives the function that returns it. */
export async function lock(folder: string): Promise<() => Promise<void>> {
  const file = path.join(folder, LOCK_FILE);
  const mine = `${process.pid} ${hostname()} ${randomBytes(6).toString('hex')}\n`;
  for (const end = Date.now() + PATIENCE; ;) {
    try {
      await writeFile(file, mine, { flag: 'wx' });
      return async () => {
        if ((await readFile(file, 'utf8').catch(() => '')) === mine) await rm(file, { force: true });
      };
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const theirs = await readFile(file, 'utf8').catch(() => null);
    if (theirs === null) continue;
    // A lock that is still empty is being written this very moment, unless its writer died in between.
    if (!isHeld(theirs) && (theirs !== '' || Date.now() > end)) {
      await takeAway(file, theirs);
      continue;
    }
    if (Date.now() > end) {
      const [pid = '?', host = '?'] = theirs.trim().split(' ');
      throw new ModelError(
        'locked',
        `${folder}: process ${pid} on ${host} is writing this model; wait for it, or remove ${file}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, STEP));
  }
}

/** Removes a dead lock. By rename, so that of several processes that saw it dead only one removes it. */
async function takeAway(file: string, dead: string): Promise<void> {
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  const moved = await readFile(aside, 'utf8').catch(() => dead);
  // Somebody was faster, and this is the lock that they hold now: give it back.
  if (moved !== dead) await writeFile(file, moved, { flag: 'wx' }).catch(() => undefined);
  await rm(aside, { force: true });
}
