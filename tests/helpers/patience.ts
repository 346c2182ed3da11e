/** Tests that hold on a busy machine too: what has to come is waited for, and work is measured, not time. */
import { afterEach, beforeEach, expect, vi } from 'vitest';

/** Milliseconds that a busy machine may take for anything that has to come. */
export const PATIENCE = 60_000;

/** Waits until a look shows what it has to, and gives what it showed. */
export function eventually<T>(look: () => Promise<T> | T): Promise<T> {
  return vi.waitFor(look, { timeout: PATIENCE, interval: 50 });
}

/** Milliseconds that this process works at something, however long others keep it from that. */
export function worked(work: () => void): number {
  const before = process.cpuUsage();
  work();
  return since(before);
}

/** Every test of a file has to do with so many milliseconds of work. */
export function bounded(milliseconds: number): void {
  let before = process.cpuUsage();
  beforeEach(() => void (before = process.cpuUsage()));
  afterEach(() => expect(since(before)).toBeLessThan(milliseconds));
}

function since(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
