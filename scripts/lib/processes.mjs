// Child processes that never outlive the script: each in a process group of its own, ended with it.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

const groups = new Set();
const namespaces = new Map();
let ending = false;

const alive = (pid) => {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
};
const signal = (pid, name) => {
  try {
    process.kill(-pid, name);
  } catch {
    // gone already
  }
};
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Ends a process group: politely, then not. */
export async function end(child, patience = 3000, polite = 'SIGTERM') {
  if (child.pid === undefined) return;
  signal(child.pid, polite);
  for (let waited = 0; alive(child.pid) && waited < patience; waited += 25) await pause(25);
  signal(child.pid, 'SIGKILL');
  groups.delete(child.pid);
}

/** Starts a process in a group of its own; `log` names a file that gets what it prints. */
export function start(command, args, { log, stdio, ...options } = {}) {
  if (ending) throw new Error('ending');
  const file = log === undefined ? undefined : openSync(log, 'a');
  const child = spawn(command, args, {
    ...options,
    detached: true,
    stdio: stdio ?? ['ignore', file ?? 'pipe', file ?? 'pipe'],
  });
  if (file !== undefined) closeSync(file);
  if (child.pid !== undefined) groups.add(child.pid);
  return child;
}

/** Runs a process to its end. `timeout` in milliseconds; text of both outputs. */
export async function run(command, args, { timeout = 600_000, ...options } = {}) {
  const began = performance.now();
  const child = start(command, args, options);
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text) => (err += text));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    void end(child);
  }, timeout);
  const [code, error] = await new Promise((done) => {
    child.on('error', (why) => done([null, why]));
    child.on('close', (status) => done([status, undefined]));
  });
  clearTimeout(timer);
  if (child.pid !== undefined && !alive(child.pid)) groups.delete(child.pid);
  else if (child.pid !== undefined) await end(child);
  if (error) err += error.message;
  return { code, out, err, late, seconds: (performance.now() - began) / 1000 };
}

/** A network namespace of the testbed that is removed at the end, with all that still runs in it. */
export function useNamespace(name, remove) {
  namespaces.set(name, remove);
}

export function dropNamespace(name) {
  const remove = namespaces.get(name);
  if (remove === undefined) return;
  const inside = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
  for (const pid of (inside.stdout ?? '').split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // gone already
    }
  }
  remove();
  namespaces.delete(name);
}

function cleanUp() {
  ending = true;
  for (const pid of groups) signal(pid, 'SIGKILL');
  groups.clear();
  for (const name of [...namespaces.keys()]) dropNamespace(name);
}

process.on('exit', cleanUp);
for (const [name, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(name, () => process.exit(status));
}
