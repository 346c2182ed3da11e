/** All exchanges of a service in the order of time, whoever's they are. */
import { EMPTY, indexOf, isDigit } from '../../bytes/bytes.js';
import { afterExchange, type Held } from '../../model/registers.js';
import type { Context } from '../../model/meaning.js';
import type { Register } from '../../model/types.js';
import type { Row } from '../rows.js';
import { contextOf } from '../spots.js';

export interface Event {
  readonly row: Row;
  readonly at: number;
  /** Its place in the order of all. */
  readonly order: number;
  readonly context: Context;
}

/** Messages of a session that are looked at for a value. */
const MOST_BACK = 64;
/** Sessions of its source. */
const MOST_PAST = 8;
/** Bytes of a message. */
const SCAN = 4096;

/** The exchanges of all rows, the first one in time first. */
export function inOrder(rows: readonly Row[]): Event[] {
  const all = rows.flatMap((row) => row.said.map((said, at) => ({ row, at, time: said.time })));
  return all
    .sort((a, b) => a.time - b.time)
    .map(({ row, at }, order) => ({ row, at, order, context: contextOf({ row, at }) }));
}

/** Gives each row what the registers held before each of its exchanges; @returns what they hold at the end. */
export function holdRegisters(rows: readonly Row[], registers: readonly Register[], first: Held): Held {
  let held = first;
  const before = new Map<Row, Held[]>(rows.map((row) => [row, []]));
  for (const { row, at, context } of inOrder(rows)) {
    const its = before.get(row);
    if (its) its[at] = held;
    held = afterExchange(registers, held, context);
  }
  for (const [row, its] of before) row.registers = its;
  return held;
}

/**
 * Whether a value was said before the answer of an exchange in its session, or in the last ones of its source: whoever
 * else said it is not needed.
 */
export function isOwn({ row, at }: Event, value: Uint8Array): boolean {
  const time = row.said[at]?.time ?? 0;
  const own = row.said.slice(Math.max(0, at - MOST_BACK), at);
  const past = row.past.filter((said) => said !== row.said).slice(-MOST_PAST);
  const before = past.flatMap((said) => said.filter((other) => other.time < time).slice(-MOST_BACK));
  return (
    holds(row.said[at]?.request ?? EMPTY, value) ||
    [...own, ...before].some(({ request, answer }) => holds(request, value) || holds(answer, value))
  );
}

/** Whether a message has a value as a whole: a number is in no longer one. */
function holds(whole: Uint8Array, value: Uint8Array): boolean {
  const message = whole.subarray(0, SCAN);
  for (let at = indexOf(message, value); at >= 0; at = indexOf(message, value, at + 1)) {
    const isPart = (edge: number, beside: number) => isDigit(message[edge]) && isDigit(message[beside]);
    if (!isPart(at, at - 1) && !isPart(at + value.length - 1, at + value.length)) return true;
  }
  return false;
}
