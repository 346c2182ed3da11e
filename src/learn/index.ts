/** Sessions in, machine out; pure, seeded, deterministic. */
import type { Session } from '../capture/types.js';
import type { Model } from '../model/types.js';

export interface LearnOptions {
  /** Macroclustering threshold W, 0…1 [05 §2.4.2]. */
  readonly macro: number;
  /** Microclustering threshold w, 0…1 [05 §2.4.2]. */
  readonly micro: number;
  /** Families of rules for answers: none [05], copied content [06], all of ours. */
  readonly links: 'none' | 'copy' | 'all';
  /** Bounds of the machine [05 §2.3]. */
  readonly maxFanOut: number;
  readonly maxStates: number;
  readonly seed: number;
}

export interface Progress {
  readonly service: string;
  readonly stage: string;
  /** 0…1 */
  readonly done: number;
}

export function learn(_sessions: readonly Session[], _options: Partial<LearnOptions> = {}, _progress: (p: Progress) => void = () => undefined): Model {
  throw new Error('not written yet');
}
