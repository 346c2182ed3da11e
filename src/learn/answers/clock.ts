/**
 * The server's clock in its answers [new]: a time, in any format of `model/clock.ts`, that runs with
 * the time at which the answers were seen, but for a constant such as a zone.
 */
import { isDigit, toLatin1 } from '../../bytes/bytes.js';
import { COUNT_FORMATS, TEXT_FORMATS, findTimes, readCount, type ClockFormat, type Seen } from '../../model/clock.js';
import type { Found } from './copy.js';
import type { Line } from './sample.js';

/** A text is looked at around the difference only. */
const AROUND = 48;
/** Clocks of server and capture, and the time that the answer took. */
const TOLERANCE = 2500;
const ZONE = 900_000;
const MOST_ZONE = 14 * 3_600_000;

/** A clock whose writing covers the first difference in every line. */
export function findClock(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  const [first] = lines;
  if (!first || lines.length < 2) return null;
  const place = at[0] ?? 0;
  const around = first.bytes.subarray(Math.max(0, place - Math.min(run, AROUND)), place + AROUND);
  // a time has digits, in every text
  for (const format of around.some(isDigit) ? TEXT_FORMATS : []) {
    const found = check(lines, at, run, format, (line, i) => {
      const place = at[i] ?? 0;
      const from = Math.max(0, place - Math.min(run, AROUND));
      const text = toLatin1(line.bytes.subarray(from, place + AROUND));
      const seen = findTimes(format, text, line.context.now).find((t) => t.from + from <= place && t.to + from > place);
      return seen ? { ...seen, from: seen.from + from, to: seen.to + from } : null;
    });
    if (found) return found;
  }
  for (const format of COUNT_FORMATS) {
    for (let back = 0; back < 13 && back <= run; back++) {
      const found = check(lines, at, run, format, (line, i) => readCount(format, line.bytes, (at[i] ?? 0) - back));
      if (found) return found;
    }
  }
  return null;
}

function check(
  lines: readonly Line[],
  at: Int32Array,
  run: number,
  format: ClockFormat,
  read: (line: Line, i: number) => Seen | null,
): Found | null {
  const lengths = new Int32Array(lines.length);
  let offset: number | null = null;
  let back = 0;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    const seen = line ? read(line, i) : null;
    if (!line || !seen) return null;
    const off = seen.time - line.context.now;
    const zone = Math.round(off / ZONE) * ZONE;
    if (Math.abs(off - zone) > TOLERANCE || Math.abs(zone) > MOST_ZONE || (offset !== null && zone !== offset))
      return null;
    offset = zone;
    const before = (at[i] ?? 0) - seen.from;
    if (before > run || (i > 0 && before !== back)) return null;
    back = before;
    lengths[i] = seen.to - seen.from;
  }
  if (offset === null) return null;
  return { rule: { kind: 'clock', format, offset }, back, lengths, support: lines.length, cost: 6 };
}
