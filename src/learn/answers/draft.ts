/** A part of an answer in the making. */
import type { Rule } from '../../model/types.js';

export type Draft =
  | { readonly kind: 'literal'; readonly bytes: Uint8Array }
  /** `values`: by line, null for lines that had dropped out. Length rules count the pieces behind them. */
  | {
      readonly kind: 'rule';
      readonly rule: Rule;
      readonly values: readonly (Uint8Array | null)[];
      readonly support: number;
      readonly cost: number;
    }
  | { readonly kind: 'unknown'; readonly values: readonly (Uint8Array | null)[] };
