/** Ports as they stand in messages [new]. */
import { concat, fromLatin1, startsWith } from '../bytes/bytes.js';
import type { PortCodec } from '../capture/types.js';
import { readNumberAt, writeNumber } from './number.js';

const DECIMAL = { kind: 'decimal', pad: 0 } as const;
const MOST = 65535;

/** A port in bytes. */
export function writePort(codec: PortCodec, port: number): Uint8Array | null {
  switch (codec.kind) {
    case 'decimal':
      return writeNumber(DECIMAL, port);
    case 'pair':
      return concat([fromLatin1(String(port >> 8)), codec.between, fromLatin1(String(port & 0xff))]);
    case 'binary':
      return writeNumber({ ...codec, width: 2 }, port);
  }
}

/** The port that stands at an offset, and how many bytes it takes; null where there is none. */
export function readPortAt(
  codec: PortCodec,
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly width: number } | null {
  if (codec.kind !== 'pair') {
    const read = readNumberAt(codec.kind === 'decimal' ? DECIMAL : { ...codec, width: 2 }, bytes, at);
    return read && read.value > 0 && read.value <= MOST ? read : null;
  }
  const high = readNumberAt(DECIMAL, bytes, at);
  if (!high || high.value > 255 || !startsWith(bytes, codec.between, at + high.width)) return null;
  const from = at + high.width + codec.between.length;
  const low = readNumberAt(DECIMAL, bytes, from);
  if (!low || low.value > 255) return null;
  return { value: high.value * 256 + low.value, width: from + low.width - at };
}
