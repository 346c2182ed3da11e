/**
 * Kinds of answers across all requests of a service: by the literal parts of the answers that the rules
 * of a first round found. `hello bob` to one client's format of a request and `hello eve` to another's
 * are one kind, so that what decides between kinds is learned from both together.
 */
import { indexOf, startsWith, toLatin1 } from '../../bytes/bytes.js';
import type { Variant } from '../answers/cover.js';
import type { Sample } from '../answers/sample.js';
import { endOf, mayEnd } from '../choices/endings.js';
import type { Ending, Exchange } from '../dialogs/exchanges.js';

interface Skeleton {
  readonly messages: readonly (readonly Uint8Array[])[];
  readonly close: Ending;
  readonly members: number;
  /** Share of the answer that is literal. */
  readonly share: number;
}

/** How much smaller an answer's literal share may be than that of the answers that the kind was made of. */
const SLACK = 0.2;

export class Kinds {
  private readonly skeletons: readonly Skeleton[];
  private readonly own = new Map<string, number>();
  /** Kind of each variant that several samples have. */
  private readonly ofVariant: ReadonlyMap<number, number>;

  constructor(variants: readonly { readonly variant: Variant; readonly samples: readonly Sample[] }[]) {
    const sorted = variants
      .map(({ variant, samples }, i) => ({ i, ...toSkeleton(variant, samples) }))
      .filter(({ members }) => members >= 2)
      .sort((a, b) => b.members - a.members || b.share - a.share);
    this.skeletons = sorted;
    this.ofVariant = new Map(sorted.map(({ i }, kind) => [i, kind]));
  }

  /**
   * Number of the kind of an answer; answers that fit no kind are of one each, or null where it is not told.
   *
   * @param variant gives the variant that the answer is a sample of, -1 when it is of none: what is literal in it
   *   may be a chance likeness of its samples, and then it is a kind all the same; null when nobody looked
   */
  of(exchange: Exchange, variant: () => number | null): number | null {
    const found = this.skeletons.findIndex((skeleton) => fits(skeleton, exchange));
    if (found >= 0) return found;
    const its = variant();
    if (its === null) return null;
    const known = this.ofVariant.get(its);
    if (known !== undefined) return known;
    const key = `${exchange.close === 'untold' ? 'stay' : exchange.close}/${exchange.messages.map(toLatin1).join('\u0100')}`;
    let own = this.own.get(key);
    if (own === undefined) this.own.set(key, (own = this.skeletons.length + this.own.size));
    return own;
  }
}

function toSkeleton({ members, messages }: Variant, samples: readonly Sample[]): Skeleton {
  const literals = messages.map((drafts) => drafts.flatMap((d) => (d.kind === 'literal' ? [d.bytes] : [])));
  let length = 0;
  for (const m of members) for (const message of samples[m]?.messages ?? []) length += message.length;
  const literal = literals.flat().reduce((sum, l) => sum + l.length, 0) * members.length;
  return {
    messages: literals,
    close: endOf(members.map((m) => samples[m]?.close ?? 'untold')),
    members: members.length,
    share: length === 0 ? 1 : literal / length,
  };
}

function fits(skeleton: Skeleton, exchange: Exchange): boolean {
  if (!mayEnd(skeleton.close, exchange.close) || skeleton.messages.length !== exchange.messages.length) return false;
  let literal = 0;
  let length = 0;
  for (let m = 0; m < exchange.messages.length; m++) {
    const message = exchange.messages[m] ?? new Uint8Array(0);
    length += message.length;
    let at = 0;
    for (const part of skeleton.messages[m] ?? []) {
      const place = startsWith(message, part, at) ? at : indexOf(message, part, at);
      if (place < 0) return false;
      at = place + part.length;
      literal += part.length;
    }
  }
  return length === 0 ? skeleton.share === 1 : literal > 0 && literal / length >= skeleton.share - SLACK;
}
