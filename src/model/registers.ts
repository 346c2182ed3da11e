/**
 * Registers: values that all clients of a service share [new].
 *
 * Each exchange may say what one holds from then on, whoever's it is. Only what a register was learned for is ever
 * kept of a client's words for others, and only the last of it.
 */
import { ask, take, type Context } from './meaning.js';
import type { Register } from './types.js';

/** A longer value is not taken over: it is no setting, and somebody fills the memory. */
const MOST_BYTES = 256;

/** What registers hold. */
export type Held = readonly (Uint8Array | null)[];

/** What the registers hold behind an exchange; the same list where it says nothing of them. */
export function afterExchange(registers: readonly Register[], held: Held, context: Context): Held {
  const said = registers.map((register) => saidOf(register, context));
  return said.every((value) => value === null) ? held : held.map((value, id) => said[id]?.slice() ?? value);
}

function saidOf({ writers }: Register, context: Context): Uint8Array | null {
  const of = context.at === 0 ? -1 : context.said[context.at]?.class;
  for (const { class: id, when, value } of writers) {
    if (id !== of || (context.at > 0 && id < 0) || (when && !ask(when, context))) continue;
    const bytes = take(value, context);
    if (bytes && bytes.length > 0 && bytes.length <= MOST_BYTES) return bytes;
  }
  return null;
}
