/**
 * Counters that run with the time [new]: an uptime, or a time since a day that no format names. Where
 * the server's count is one of the usual ones a second, it goes on from where training left it.
 */
import { DECIMAL, binaryAt, readNumberAt } from '../../model/number.js';
import type { NumberCodec } from '../../model/types.js';
import type { Found } from './copy.js';
import { digitsBefore } from './number.js';
import type { Line } from './sample.js';

/** Ticks a second: seconds and their parts, timers of systems, sampling clocks. */
const RATES = [1, 10, 100, 1000, 60, 64, 250, 256, 1024, 8000, 90_000, 1_000_000, 10_000_000];
const WIDTHS = [4, 6, 3, 2];
/** Milliseconds that an answer may take longer than another one: most take no longer, and may be seconds apart. */
const JITTERS = [400, 40];
/** The time between samples, and the range of the number, are so many times what is let pass. */
const TIMES = 20;
const LEAST = 4;
/** Bits that the samples have to speak against chance: every rate, width and place is tried. */
const SURE = 20;

/** A number around the first difference that grows with the time at which it was told. */
export function findTicks(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  const times = lines.map(({ context }) => context.now);
  const [first] = lines;
  if (!first || lines.length < LEAST || extent(times) < TIMES * Math.min(...JITTERS)) return null;
  const back = digitsBefore(first.bytes, at[0] ?? 0, run);
  const decimals = lines.map(({ bytes }, i) => readNumberAt(DECIMAL, bytes, (at[i] ?? 0) - back));
  const lengths = Int32Array.from(decimals, (decimal) => decimal?.width ?? -1);
  const values = decimals.flatMap((decimal) => decimal?.value ?? []);
  const found = values.length === lines.length ? fit(values, times, Infinity) : null;
  if (found) return ticks(found, DECIMAL, back, lengths);
  return findBinary(lines, at, run, times);
}

function findBinary(lines: readonly Line[], at: Int32Array, run: number, times: readonly number[]): Found | null {
  for (const width of WIDTHS) {
    for (let back = 0; back < width && back <= run; back++) {
      if (lines.some(({ bytes }, i) => (at[i] ?? 0) - back + width > bytes.length)) continue;
      for (const order of ['big', 'little'] as const) {
        const values = lines.map(({ bytes }, i) => binaryAt(bytes, (at[i] ?? 0) - back, width, order));
        const found = fit(values, times, 256 ** width);
        if (found)
          return ticks(found, { kind: 'binary', width, order }, back, new Int32Array(lines.length).fill(width));
      }
    }
  }
  return null;
}

interface Pace {
  readonly rate: number;
  readonly zero: number;
}

function ticks({ rate, zero }: Pace, write: NumberCodec, back: number, lengths: Int32Array): Found {
  return { rule: { kind: 'ticks', rate, zero, write }, back, lengths, support: lengths.length, cost: 7 };
}

/** The pace at which all values run, up to whole turns of the number; null when there is none. */
function fit(values: readonly number[], times: readonly number[], turn: number): Pace | null {
  if (new Set(values).size < LEAST) return null;
  for (const jitter of JITTERS) {
    for (const rate of RATES) {
      const allowed = allowedAt(rate, jitter);
      const lag = lagOf(values, times, turn, rate, allowed);
      // what is written is rounded down: half a tick more is the middle
      if (lag !== null && (differentAt(values, allowed) - 1) * againstChance(times, turn, rate, allowed) >= SURE)
        return { rate, zero: Math.round((times[0] ?? 0) - (((values[0] ?? 0) + lag + 0.5) * 1000) / rate) };
    }
  }
  return null;
}

/** Bits by which one more value that keeps the pace speaks against chance. */
function againstChance(times: readonly number[], turn: number, rate: number, allowed: number): number {
  return Math.log2(Math.min(turn, (2 * extent(times) * rate) / 1000) / (2 * allowed));
}

/** Values that are further apart than any delay makes them. */
function differentAt(values: readonly number[], allowed: number): number {
  return new Set(values.map((value) => Math.round(value / (2 * allowed)))).size;
}

/** Ticks by which a value may be early or late. */
function allowedAt(rate: number, jitter: number): number {
  return 1 + (jitter * rate) / 1000;
}

/** By how many ticks the values are ahead of the pace that starts with the first one, in the middle; null when they do not keep it. */
function lagOf(
  values: readonly number[],
  times: readonly number[],
  turn: number,
  rate: number,
  allowed: number,
): number | null {
  if (turn < 2 * TIMES * allowed || (extent(times) * rate) / 1000 < TIMES * allowed) return null;
  const [origin = 0] = values;
  const [start = 0] = times;
  let least = 0;
  let most = 0;
  for (let i = 1; i < values.length; i++) {
    const ahead = (values[i] ?? 0) - origin - (((times[i] ?? 0) - start) * rate) / 1000;
    const lag = turn === Infinity ? ahead : ahead - Math.round(ahead / turn) * turn;
    least = Math.min(least, lag);
    most = Math.max(most, lag);
    if (most - least > allowed) return null;
  }
  return (least + most) / 2;
}

/** From the least to the most. */
export function extent(numbers: readonly number[]): number {
  let least = Infinity;
  let most = -Infinity;
  for (const number of numbers) {
    least = Math.min(least, number);
    most = Math.max(most, number);
  }
  return most - least;
}
