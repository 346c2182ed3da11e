/**
 * Memory: the earlier exchange of a source that was about the same thing as the present request [new].
 *
 * What a client wrote under a key is what a later read of that key gives, in the same session or in a
 * later one. Which exchanges write, and where the key stands in both, was learned.
 */
import { equal } from '../bytes/bytes.js';
import type { Context, Said } from './context.js';
import type { Recall, Span, Test } from './types.js';

/** How the bytes of a span are found: `take` of meaning.ts, which asks here itself. */
export type Take = (span: Span, context: Context) => Uint8Array | null;

/** Exchanges of one session that are looked at, from its end. */
const LOOK_BACK = 512;
/** Sessions that are looked at, from the latest. */
const MOST_SESSIONS = 64;

/** What was found for a context; one context is asked the same many times while rules are tried on it. */
const known = new WeakMap<Context, Map<Recall, Said | null>>();

/** The exchange that a recall names, or null when there is none. */
export function recall(source: Recall, context: Context, take: Take): Said | null {
  let its = known.get(context);
  if (!its) known.set(context, (its = new Map<Recall, Said | null>()));
  let found = its.get(source);
  if (found === undefined) its.set(source, (found = find(source, context, take)));
  return found;
}

/** Whether the recall at `which` names an exchange, one that led to the states asked for and is not too long ago, and no other one names a later one. */
export function isRecalled(
  { among, which, states, within = Infinity }: Test & { kind: 'recalled' },
  context: Context,
  take: Take,
): boolean {
  const one = among[which];
  const found = one ? recall(one, context, take) : null;
  return (
    found !== null &&
    (!states || states.includes(found.state)) &&
    sinceAsked(found, context) <= within &&
    among.every((other) => other === one || isOlder(recall(other, context, take), found, context.said))
  );
}

/** Milliseconds between what was asked then and what is asked now, however long the answers took. */
export function sinceAsked(then: Said, { said, at, now }: Context): number {
  return (said[at]?.asked ?? now) - (then.asked ?? then.time);
}

/** Of two at the same moment, the one that stands later in the present session is the later one. */
function isOlder(a: Said | null, b: Said, said: readonly Said[]): boolean {
  return a === null || a.time < b.time || (a.time === b.time && said.indexOf(a) <= said.indexOf(b));
}

function find(source: Recall, context: Context, take: Take): Said | null {
  const values: Uint8Array[] = [];
  for (const { here } of source.keys) {
    const value = take(here, context);
    if (!value || value.length === 0) return null;
    values.push(value);
  }
  let best = inSession(source, values, context.said, context.at - 1, context, take);
  const past = context.past ?? [];
  for (let i = past.length - 1; i >= 0 && past.length - i <= MOST_SESSIONS; i--) {
    const said = past[i];
    if (!said || said === context.said || (source.open === true && isOver(said, context.now))) continue;
    const found = inSession(source, values, said, said.length - 1, context, take);
    if (found && (!best || found.time > best.time)) best = found;
  }
  return best;
}

/** Whether a session was over at a moment. */
function isOver([opening]: readonly Said[], now: number): boolean {
  return opening?.over !== undefined && opening.over <= now;
}

/** The latest exchange of a session that fits, not later than the present moment. */
function inSession(
  { group, keys, ahead }: Recall,
  values: readonly Uint8Array[],
  said: readonly Said[],
  last: number,
  context: Context,
  take: Take,
): Said | null {
  for (let at = last; at > 0 && last - at < LOOK_BACK; at--) {
    const exchange = said[at];
    if (exchange?.group !== group || exchange.time > context.now) continue;
    if (ahead !== undefined && at !== context.at + ahead) continue;
    const there: Context = { said, at, environment: context.environment, now: exchange.time };
    const fits = keys.every((key, i) => {
      const value = take(key.there, there);
      return value !== null && equal(value, values[i] ?? value);
    });
    if (fits) return exchange;
  }
  return null;
}
