/** Tests that hold on a busy machine too: what has to come is waited for, and work is measured, not time. */
import { vi } from 'vitest';

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
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
