/**
 * Candidates for keys of the memory held against all samples [new]. Hundreds of them are made of a few parts of messages:
 * what such a part is in a sample, or in an exchange before it, is looked up once for all of them.
 */
import { fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import { isPresent, take, type Context, type Said } from '../../model/meaning.js';
import type { Span } from '../../model/types.js';
import type { NamedSpan } from './common-parts.js';
import type { Beside } from './key-names.js';

/** Keys of fewer bytes in all are met by chance. */
const MOST_CHANCE = 8;

/** An exchange before the present one, in its own session. */
export interface Earlier {
  readonly context: Context;
  readonly exchange: Said;
}

/** A context with what was said before it. */
export interface Sample {
  readonly context: Context;
  readonly earlier: readonly Earlier[];
}

/** Parts of a request and of an exchange of a group before it that may be the same. */
export interface Candidate {
  readonly group: number;
  readonly here: NamedSpan;
  readonly there: NamedSpan;
  readonly cost: number;
}

/** A candidate, and how much of the samples speaks for it. */
export interface Judged {
  readonly group: number;
  readonly here: Span;
  readonly there: Span;
  readonly cost: number;
  readonly support: number;
  readonly isRepeated: boolean;
  /** Known requests that hold one of the keys too. */
  readonly common: number;
}

/** What was said before the samples in one group. */
interface OfGroup {
  readonly earlier: readonly (readonly Earlier[])[];
  /** For every sample what the next one of another session has before it. */
  readonly strangers: readonly (readonly Earlier[])[];
}

/** No value is there. */
const NONE = -1;

/** The samples, and what was looked up in them. */
export class Judge {
  readonly #samples: readonly Sample[];
  readonly #beside: Beside;
  readonly #isAlone: (value: Uint8Array) => boolean;
  readonly #groups = new Map<number, OfGroup>();
  /** Values by their text, and their texts by the number that they get here. */
  readonly #ids = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #heres = new Map<number, Int32Array>();
  readonly #theres = new Map<number, Map<Said, number>>();

  /** @param isAlone whether a value names something, even if it is the only one seen */
  constructor(samples: readonly Sample[], beside: Beside, isAlone: (value: Uint8Array) => boolean) {
    this.#samples = samples;
    this.#beside = beside;
    this.#isAlone = isAlone;
  }

  /** A candidate held against all samples; null where too few different values speak for it. */
  judged({ group, here, there, cost }: Candidate): Judged | null {
    const values = new Set<number>();
    let [support, chance, isRepeated] = [0, 0, false];
    const { earlier, strangers } = this.#ofGroup(group);
    const said = this.#said(there);
    this.#asked(here).forEach((value, i) => {
      if (value === NONE) return;
      const its = earlier[i]?.filter((one) => said(one) === value) ?? [];
      if (its.length === 0) return;
      support++;
      values.add(value);
      if (strangers[i]?.some((one) => said(one) === value)) chance++;
      isRepeated ||= isToldTwice(its, this.#samples[i]?.context);
    });
    const texts = Array.from(values, (value) => this.#texts[value] ?? '');
    if (texts.reduce((sum, text) => sum + text.length, 0) < MOST_CHANCE) return null;
    const common = this.#common(group, here.span, new Set(texts));
    if (common === null) return null;
    // what other clients' exchanges hold as well names nothing
    return { group, here: here.span, there: there.span, cost, support: support - chance, isRepeated, common };
  }

  /** Known requests that hold one of the keys too; null where the keys are none. */
  #common(group: number, here: Span, values: ReadonlySet<string>): number | null {
    // one key alone tells nothing, unless known requests have others in its place
    const { requests, newFrom } = this.#beside;
    const others = group >= newFrom ? requests.map((known) => take(here, known)) : [];
    const common = others.filter((other) => other && values.has(toLatin1(other))).length;
    const [only] = values.size === 1 ? values : [];
    const isNamedHere = only !== undefined && isPresent(here.of) && this.#isAlone(fromLatin1(only));
    const isKey = values.size >= 2 || isNamedHere || (only !== undefined && common * 2 < others.length);
    return isKey ? common : null;
  }

  #ofGroup(group: number): OfGroup {
    let known = this.#groups.get(group);
    if (!known) {
      const earlier = this.#samples.map((one) => one.earlier.filter(({ exchange }) => exchange.group === group));
      this.#groups.set(group, (known = { earlier, strangers: inOtherSessions(this.#samples, earlier) }));
    }
    return known;
  }

  /** The value that a part of the request is, in every sample. */
  #asked({ span, id }: NamedSpan): Int32Array {
    let known = this.#heres.get(id);
    if (!known)
      this.#heres.set(id, (known = Int32Array.from(this.#samples, ({ context }) => this.#idOf(take(span, context)))));
    return known;
  }

  /** The value that a part of an earlier exchange is. */
  #said({ span, id }: NamedSpan): (one: Earlier) => number {
    let its = this.#theres.get(id);
    if (!its) this.#theres.set(id, (its = new Map<Said, number>()));
    const known = its;
    return ({ context, exchange }) => {
      let value = known.get(exchange);
      if (value === undefined) known.set(exchange, (value = this.#idOf(take(span, context))));
      return value;
    };
  }

  #idOf(value: Uint8Array | null): number {
    if (!value || value.length === 0) return NONE;
    const text = toLatin1(value);
    let id = this.#ids.get(text);
    if (id === undefined) {
      this.#ids.set(text, (id = this.#texts.length));
      this.#texts.push(text);
    }
    return id;
  }
}

/** Whether two of some exchanges are of one session, which is another one than the present. */
function isToldTwice(its: readonly Earlier[], present: Context | undefined): boolean {
  const sessions = its.map(({ context }) => context.said).filter((said) => said !== present?.said);
  return new Set(sessions).size < sessions.length;
}

/** For every sample what the next one of another session has before it of one group. */
function inOtherSessions(samples: readonly Sample[], its: readonly (readonly Earlier[])[]): (readonly Earlier[])[] {
  return samples.map(({ context }, i) => {
    for (let step = 1; step < samples.length; step++) {
      const other = (i + step) % samples.length;
      if (samples[other]?.context.said !== context.said && its[other]?.length) return its[other];
    }
    return [];
  });
}
