/** What answers are learned from: one recorded answer with all that was said before it. */
import type { Context } from '../../model/meaning.js';

export interface Sample {
  readonly context: Context;
  /** The answer's messages (TCP: at most one, UDP: datagrams). */
  readonly messages: readonly Uint8Array[];
  readonly freshPort: readonly boolean[];
  readonly delays: readonly number[];
  readonly close: 'stay' | 'fin' | 'rst';
}

/** Families of rules that may be used; the ablation of docs/judge-links.md switches them. */
export type Families = 'none' | 'copy' | 'all';

/** One message of one sample, and how far it has been explained. */
export interface Line {
  readonly context: Context;
  readonly bytes: Uint8Array;
}
