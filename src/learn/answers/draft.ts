/** A part of an answer in the making. */
import type { Rule, Way } from '../../model/types.js';

export type Draft =
  | { readonly kind: 'literal'; readonly bytes: Uint8Array }
  /** `values`: by line, null for lines that had dropped out. Length rules count the pieces behind them. */
  | {
      readonly kind: 'rule';
      readonly rule: Rule;
      readonly values: readonly (Uint8Array | null)[];
      readonly support: number;
      readonly cost: number;
      /** Of a lookup whose way is yet to be chosen: the ways, and by line which one it is. */
      readonly ways?: { readonly all: readonly Way[]; readonly of: Int32Array };
    }
  | { readonly kind: 'unknown'; readonly values: readonly (Uint8Array | null)[] };

/** A length rule covers all pieces behind it; `to` is set when the answer is complete. */
export const TO_THE_END = -1;
