/**
 * The field of the requests of a service that says what is asked for, and the values that it may have [new]: an
 * operation code, or the first word of a text.
 *
 * Where requests with several of its values are of one class, the class takes any other value as well: what it says
 * of the field is that it varies. So it is looked for here whether such a field is closed: few values, nearly all of
 * them said by several sources, that tell what kind of answer is given. A counter, a length and a byte of a text or
 * of a number that clients choose are not: there, a value never seen says nothing new.
 */
import { disorder } from '../disorder.js';
import { EMPTY, equal, isText, toLatin1, isAlphanumeric } from '../../bytes/bytes.js';
import { isSignal } from '../../model/signals.js';
import { decide, endOfWord, take, takeFrom, type Context } from '../../model/meaning.js';
import type { Closed, LengthField, Region, Rule, Span, State } from '../../model/types.js';
import type { Grouping } from './classes.js';
import type { Dialog } from '../dialogs/exchanges.js';
import { stableEnds } from './fields.js';
import { labelAnswers } from './labels.js';
import type { Row } from '../rows.js';
import { spread } from '../spread.js';
import { contextOf, type Spot } from '../spots.js';

/** Offsets from the start at which the field is looked for. */
const HEAD = 64;
/** Different requests that are looked at. */
const MOST_SAID = 6000;
/** With fewer sources nothing tells a closed field from one of which few values were seen. */
const LEAST_SOURCES = 10;
const MOST_VALUES = 32;
/** The same in frames: how they are built is known, and what they say is hardly a part of anything else. */
const MOST_IN_FRAMES = 64;
const LEAST_WORDS = 2;
const LEAST_BYTES = 3;
/** Different requests for each value, on average. */
const LEAST_FOR_EACH = 4;
/** At most one of so many values that sources said may be one that no other source said. */
const SAID_AGAIN = 20;
/** The same for a field that need not be closed. */
const OFTEN_AGAIN = 8;
/** Share of the requests that have to be long enough to have the field. */
const USUAL = 0.9;
/** Share of what the field says that the kind of answer depends on. */
const TELLING = 0.35;
const TELLING_WORD = 0.6;
/** The same for a field of frames of which many values are answered alike, of what it and the kind of answer say together. */
const TELLING_OF_BOTH = 0.38;
/** A byte in so many requests is a part of a word: the field is no byte. */
const IN_WORDS = 0.4;
/** Share of the steps from request to request, or of the requests, that tell a counter or a length. */
const COUNTS = 0.6;
const MEASURES = 0.8;
/** A counter goes on by no more than this. */
const STEP = 16;
const LONGEST_WORD = 32;
/** So many answers are a kind of their own, when kinds are known but roughly. */
const LEAST_ALIKE = 3;
const RARE = -2;

/** One of the different requests that each source said. */
interface Asked {
  readonly bytes: Uint8Array;
  readonly source: number;
  /** The kind of answer that it got. */
  readonly kind: number;
  /** Bytes at its start that stand there in all requests of its class. */
  readonly head: number;
}

interface Field {
  readonly span: Span;
  /** The offset of a byte; -1: the first word. */
  readonly offset: number;
  readonly values: ReadonlyMap<string, Uint8Array>;
  /**
   * How much it and the kind of answer tell of each other, 0 to 1 (symmetric uncertainty): what it tells alone would
   * favour a field of many values, whatever it says.
   */
  readonly telling: number;
}

/** The field that says what is asked for, or null where none is sure to be closed. */
export function findVerb(rows: readonly Row[], groupings: readonly Grouping[], states: readonly State[]): Field | null {
  const asked = askedIn(
    rows,
    groupings.map(({ regions }) => stableEnds(regions).head),
    new Kinds(states),
  );
  if (asked.length === 0) return null;
  if (areTexts(asked)) return closed(asked, -1, wordOf);
  return bestByte(
    asked,
    rows.map(({ said }) => said.map(({ request }) => request)),
  );
}

/**
 * The offset of the byte that says what is asked for, before anything is known of the requests but rough kinds of
 * their answers; null where there is none.
 *
 * @param length where requests carry their length; what stands right behind it is no part of a word before it
 */
export function codeOffset(dialogs: readonly Dialog[], length?: LengthField): number | null {
  const sources = new Map<string, number>();
  const asked = dialogs.flatMap(({ environment, exchanges }, dialog) => {
    const { address } = environment.client;
    const source = sources.get(address) ?? sources.size;
    sources.set(address, source);
    return exchanges
      .slice(1)
      .flatMap(({ request, isSignal: isHeard }, i) =>
        isHeard ? [] : [{ bytes: request, source, dialog, exchange: i + 1 }],
      );
  });
  const some = spread(asked, MOST_SAID);
  if (some.length === 0 || areTexts(some)) return null;
  const kinds = labelAnswers(dialogs);
  const answered = some.map(({ bytes, source, dialog, exchange }): Asked => {
    return { bytes, source, kind: kinds[dialog]?.[exchange] ?? -1, head: HEAD };
  });
  const said = dialogs.map(({ exchanges }) => exchanges.filter((e) => !e.isSignal).map(({ request }) => request));
  const begins = length?.codec.kind === 'binary' ? length.offset + length.codec.width : -1;
  return bestByte(withoutRare(answered), said, OFTEN_AGAIN, begins)?.offset ?? null;
}

/** Kinds of answers that were given once or twice are one kind: they tell nothing of a field, and are many. */
function withoutRare(asked: readonly Asked[]): Asked[] {
  const counts = new Map<number, number>();
  for (const { kind } of asked) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return asked.map((one) => ((counts.get(one.kind) ?? 0) < LEAST_ALIKE ? { ...one, kind: RARE } : one));
}

function areTexts(asked: readonly Pick<Asked, 'bytes'>[]): boolean {
  return asked.filter(({ bytes }) => isText(bytes.subarray(0, HEAD))).length * 2 > asked.length;
}

/**
 * The byte that goes together best with the kinds of answers; `said` are the requests of each session, and what they
 * say begins at `begins`, where they are frames.
 */
function bestByte(
  asked: readonly Asked[],
  said: readonly (readonly Uint8Array[])[],
  again = SAID_AGAIN,
  begins = -1,
): Field | null {
  let best: Field | null = null;
  for (let at = 0; at < HEAD; at++) {
    const its = asked.filter(({ bytes, head }) => bytes.length > at && head >= at);
    if (its.length < asked.length * USUAL) break;
    const field = closed(its, at, ({ bytes }) => bytes.subarray(at, at + 1), again, begins >= 0);
    if (!field || field.telling <= (best?.telling ?? 0)) continue;
    if ((at === begins || !isInWords(its, at)) && !measures(its, at) && !countsOn(said, at)) best = field;
  }
  return best;
}

/** What the field says of a class: nothing, where its regions leave the field no choice. */
export function closedIn({ regions, requests }: Grouping, verb: Field | null): { readonly closed?: readonly Closed[] } {
  if (!verb || isFixedAt(regions, verb.offset)) return {};
  const own = new Set(requests.map(({ bytes }) => toLatin1(takeFrom(verb.span, { bytes, edges: null }) ?? EMPTY)));
  const all = [...verb.values];
  const values = all.filter(([key]) => own.has(key)).map(([, bytes]) => bytes);
  const others = all.filter(([key]) => !own.has(key)).map(([, bytes]) => bytes);
  return { closed: [{ span: verb.span, values, ...(others.length > 0 ? { others } : {}) }] };
}

function isFixedAt(regions: readonly Region[], offset: number): boolean {
  const [first] = regions;
  if (offset < 0) return first?.kind === 'fixed' && endOfWord(first.bytes, 0) < first.bytes.length;
  let at = 0;
  for (const region of regions) {
    if (region.kind === 'mutating' && region.min !== region.max) return false;
    at += region.kind === 'fixed' ? region.bytes.length : region.min;
    if (at > offset) return region.kind === 'fixed';
  }
  return false;
}

function askedIn(rows: readonly Row[], heads: readonly number[], kinds: Kinds): Asked[] {
  const sources = new Map<string, number>();
  const known = new Set<string>();
  const asked: Omit<Asked & Spot, 'kind'>[] = [];
  for (const row of rows) {
    const { address } = row.dialog.environment.client;
    const source = sources.get(address) ?? sources.size;
    sources.set(address, source);
    row.said.forEach(({ request: bytes, state, class: id }, at) => {
      if (at === 0 || state < 0 || bytes.length === 0 || isSignal(bytes)) return;
      const key = `${source} ${state} ${toLatin1(bytes.subarray(0, HEAD))}`;
      if (known.has(key)) return;
      known.add(key);
      asked.push({ bytes, source, row, at, head: heads[id] ?? 0 });
    });
  }
  return spread(asked, MOST_SAID).map((one) => ({ ...one, kind: kinds.of(one) }));
}

/** Kinds of answers: by what is literal in them, and by what their rules choose. */
class Kinds {
  private readonly states: readonly State[];
  private readonly literals: readonly string[];
  private readonly numbers = new Map<string, number>();

  constructor(states: readonly State[]) {
    this.states = states;
    this.literals = states.map(({ answer, close }) =>
      JSON.stringify([
        close,
        answer.map(({ pieces }) => pieces.map((p) => (p.kind === 'literal' ? toLatin1(p.bytes) : 0))),
      ]),
    );
  }

  of(spot: Spot): number {
    const context = contextOf(spot);
    const state = spot.row.said[spot.at]?.state ?? -1;
    const pieces = this.states[state]?.answer.flatMap((message) => message.pieces) ?? [];
    const chosen = pieces.map((piece) => (piece.kind === 'rule' ? choiceOf(piece.rule, context) : ''));
    const key = `${this.literals[state] ?? ''} ${chosen.join('\u0100')}`;
    const known = this.numbers.get(key) ?? this.numbers.size;
    this.numbers.set(key, known);
    return known;
  }
}

/** Which of several things a rule gives. */
function choiceOf(rule: Rule, context: Context): string {
  if (rule.kind === 'choice') return toLatin1(decide(rule.choose, context));
  if (rule.kind === 'lookup') return JSON.stringify(decide(rule.choose, context));
  const part = rule.kind === 'cells' && rule.part ? take(rule.part, context) : null;
  return rule.kind === 'cells' && part
    ? `${rule.tables.findIndex(({ parts }) => parts.some((p) => equal(p, part)))}`
    : '';
}

function wordOf({ bytes }: Asked): Uint8Array {
  return bytes.subarray(0, Math.min(endOfWord(bytes, 0), LONGEST_WORD));
}

/** The field at a place, when nearly all its values were said by several sources and tell what is answered. */
function closed(
  asked: readonly Asked[],
  offset: number,
  read: (asked: Asked) => Uint8Array,
  again = SAID_AGAIN,
  inFrames = false,
): Field | null {
  const found = new Map<string, { bytes: Uint8Array; sources: Set<number>; kinds: Map<number, number>; all: number }>();
  const kinds = new Map<number, number>();
  const everybody = new Set<number>();
  for (const one of asked) {
    const bytes = read(one);
    const key = toLatin1(bytes);
    let known = found.get(key);
    if (!known) found.set(key, (known = { bytes, sources: new Set(), kinds: new Map(), all: 0 }));
    known.sources.add(one.source);
    known.all++;
    known.kinds.set(one.kind, (known.kinds.get(one.kind) ?? 0) + 1);
    kinds.set(one.kind, (kinds.get(one.kind) ?? 0) + 1);
    everybody.add(one.source);
  }
  const values = [...found.values()];
  const count = asked.length;
  const least = offset < 0 ? LEAST_WORDS : LEAST_BYTES;
  if (
    values.length < least ||
    values.length > (inFrames ? MOST_IN_FRAMES : MOST_VALUES) ||
    everybody.size < LEAST_SOURCES
  )
    return null;
  if (count < values.length * LEAST_FOR_EACH) return null;
  const said = values.reduce((sum, { sources }) => sum + sources.size, 0);
  if (values.filter(({ sources }) => sources.size === 1).length * again > said) return null;
  const own = disorderOf(values.map(({ all }) => all));
  const left = values.reduce((sum, value) => sum + disorderOf([...value.kinds.values()]), 0);
  // so much any field with as many values tells by chance
  const chance = ((values.length - 1) * (kinds.size - 1)) / (2 * Math.LN2);
  const answers = disorderOf([...kinds.values()]);
  const tells = answers - left - chance;
  const telling = (2 * tells) / (own + answers);
  if (tells < own * (offset < 0 ? TELLING_WORD : TELLING) && (!inFrames || telling < TELLING_OF_BOTH)) return null;
  return {
    span: spanAt(offset),
    offset,
    values: new Map(values.map(({ bytes }) => [toLatin1(bytes), bytes])),
    telling,
  };
}

function spanAt(offset: number): Span {
  const of = { kind: 'request', back: 0 } as const;
  return offset < 0
    ? { of, from: { kind: 'start', offset: 0 }, to: { kind: 'word' } }
    : { of, from: { kind: 'start', offset }, to: { kind: 'width', width: 1 } };
}

function disorderOf(counts: readonly number[]): number {
  return disorder(
    counts,
    counts.reduce((sum, count) => sum + count, 0),
  );
}

/** Whether a byte is mostly one of a word; what stands beside it in all requests is none of that word. */
function isInWords(asked: readonly Asked[], at: number): boolean {
  const varies = [at - 1, at + 1].filter((i) => i >= 0 && asked.some(({ bytes }) => bytes[i] !== asked[0]?.bytes[i]));
  const isIn = ({ bytes }: Asked) =>
    isAlphanumeric(bytes[at] ?? 0) && varies.some((i) => isAlphanumeric(bytes[i] ?? 0));
  return asked.filter(isIn).length >= asked.length * IN_WORDS;
}

/** Whether a byte says how long the request is, or the text behind it. */
function measures(asked: readonly Asked[], at: number): boolean {
  const rests = new Map<number, number>();
  let texts = 0;
  for (const { bytes } of asked) {
    const value = bytes[at] ?? 0;
    const rest = (bytes.length - value) & 0xff;
    rests.set(rest, (rests.get(rest) ?? 0) + 1);
    const end = at + 1 + value;
    if (value > 0 && end <= bytes.length && isText(bytes.subarray(at + 1, end)) && !isAlphanumeric(bytes[end] ?? 0))
      texts++;
  }
  return Math.max(texts, ...rests.values()) >= asked.length * MEASURES;
}

/** Whether a byte goes on by as much from each request of a session to the next. */
function countsOn(sessions: readonly (readonly Uint8Array[])[], at: number): boolean {
  const steps = new Map<number, number>();
  let all = 0;
  for (const said of sessions) {
    for (let i = 2; i < said.length; i++) {
      const [before, now] = [said[i - 1]?.[at], said[i]?.[at]];
      if (before === undefined || now === undefined) continue;
      all++;
      const step = (now - before) & 0xff;
      if (step > 0 && step <= STEP) steps.set(step, (steps.get(step) ?? 0) + 1);
    }
  }
  return Math.max(0, ...steps.values()) > all * COUNTS;
}
