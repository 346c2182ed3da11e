/** A model that is refined or learned anew while it is served: seen by its index, which is replaced as a whole. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Model } from '../types.js';
import { INDEX_FILE } from './layout.js';
import { readModel } from './read.js';

/** Milliseconds between two looks. */
const INTERVAL = 1_000;

export interface Watch {
  stop(): void;
}

/** What changes when the index is replaced; null: it can not be seen. */
async function markOf(folder: string): Promise<string | null> {
  const file = await stat(path.join(folder, INDEX_FILE), { bigint: true }).catch(() => null);
  return file && `${file.ino} ${file.mtimeNs} ${file.size}`;
}

/**
 * Looks every second whether the model is another one, and hands it over. A model that can not be read is no
 * reason to do anything: what is served goes on.
 *
 * @param failed told why a new model is not served
 */
export function watchModel(
  folder: string,
  changed: (model: Model) => Promise<void>,
  failed: (error: unknown) => void = () => undefined,
  interval = INTERVAL,
): Watch {
  let mark = markOf(folder);
  let isBusy = false;
  const look = async (): Promise<void> => {
    const [before, now] = [await mark, await markOf(folder)];
    if (now === null || now === before) return;
    mark = Promise.resolve(now);
    await changed(await readModel(folder));
  };
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    void look()
      .catch(failed)
      .finally(() => (isBusy = false));
  }, interval);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
