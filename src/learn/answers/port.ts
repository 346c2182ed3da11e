/** Ports of data sessions in answers [new]: where they stand is known from the sessions that followed. */
import type { PortCodec } from '../../capture/types.js';
import { readPortAt } from '../../model/port.js';
import type { Line } from './sample.js';

/** A port `skip` bytes further on in every line. */
export interface FoundPort {
  readonly write: PortCodec;
  readonly skip: number;
  readonly lengths: Int32Array;
  readonly support: number;
}

/**
 * The next port that the lines name within the `run` bytes that they share, or right behind them. Lines of
 * which no client made use name it at the same place.
 */
export function findPort(lines: readonly Line[], from: Int32Array, run: number): FoundPort | null {
  const known = lines.map((line, i) => line.ports?.find((port) => port.at >= (from[i] ?? 0)));
  const at = known.findIndex((port) => port !== undefined);
  const first = known[at];
  const support = known.filter((port) => port !== undefined).length;
  if (!first || support * 2 < lines.length) return null;
  const skip = first.at - (from[at] ?? 0);
  if (skip > run) return null;
  const lengths = new Int32Array(lines.length);
  for (let i = 0; i < lines.length; i++) {
    const place = (from[i] ?? 0) + skip;
    const port = known[i];
    const read = readPortAt(first.write, lines[i]?.bytes ?? new Uint8Array(0), place);
    if (!read || (port && (port.at !== place || port.length !== read.width))) return null;
    lengths[i] = read.width;
  }
  return { write: first.write, skip, lengths, support };
}
