/** The codings in which length fields are looked for, the least likely to be met by chance first. */
import type { NumberCodec } from '../model/types.js';

export const LENGTH_CODECS: readonly NumberCodec[] = [
  { kind: 'binary', width: 4, order: 'big' },
  { kind: 'binary', width: 4, order: 'little' },
  { kind: 'binary', width: 3, order: 'big' },
  { kind: 'binary', width: 2, order: 'big' },
  { kind: 'binary', width: 2, order: 'little' },
  { kind: 'ber' },
  { kind: 'varint' },
  { kind: 'binary', width: 1, order: 'big' },
];
