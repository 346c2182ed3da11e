/**
 * Places at which exchanges say values [new]: words in requests and answers, and numbers in answers that are no text,
 * each with all that was said there, in the order of time.
 */
import { bytesAsText, equal, isText, toLatin1 } from '../../bytes/bytes.js';
import { locate, resolve, take, takeUntil, type Place as Message } from '../../model/meaning.js';
import { readNumber } from '../../model/number.js';
import type { BinaryNumber, Position, Region, RegisterWriter, Source, Span } from '../../model/types.js';
import { WIDE_FIRST } from '../codecs.js';
import { isTorn } from '../answers/copy.js';
import { ends, isWord, starts } from '../answers/positions.js';
import { regionSpans } from '../classes/fields.js';
import { spread } from '../spread.js';
import { inOrder, isOwn, type Event } from './events.js';
import type { Row } from '../rows.js';

/** One value that was said at a place. */
export interface Told {
  readonly event: Event;
  /** Text, or the number in digits. */
  readonly value: string;
  readonly bytes: Uint8Array;
  /** The message, and where in it the value begins. */
  readonly message: Uint8Array;
  readonly from: number;
}

export interface Place {
  readonly writer: RegisterWriter;
  /** How its values are written, where they are no text: places of one register all write them alike. */
  readonly number: BinaryNumber | null;
  readonly isAnswer: boolean;
  readonly told: readonly Told[];
  /** Whether the source itself had said the value at an index before, or been told it. */
  readonly own: (index: number) => boolean;
}

const REQUEST: Source = { kind: 'request', back: 0 };
const ANSWER: Source = { kind: 'answer', back: 0 };

/** Exchanges that are looked at, the first ones; and those of one kind in which places are looked for. */
const MOST_EVENTS = 6000;
const REFERENCES = 4;
/** Bytes of a message that are looked at, words in them, names of one word, places of one kind of exchange, and of all. */
const SCAN = 1024;
const MOST_WORDS = 48;
const NAMES = 3;
const MOST_OF_KIND = 32;
const MOST_PLACES = 1200;
const MOST_BYTES = 64;
/** Shorter words are none among bytes that are no text. */
const LEAST_IN_BINARY = 4;
/** Numbers that are no text stand before this offset. */
const BINARY_SCAN = 160;
/** Values of a region that may say what is asked for, and requests for each of them. */
const MOST_ASKED = 12;
const EACH = 3;
/** Different values that have to be said at a place, and the share of the exchanges that say one there. */
const LEAST_VALUES = 3;
const OFTEN = 0.5;

/** Exchanges of one class, or those of them that have one value in a region. */
interface Kind {
  readonly class: number;
  readonly when: RegisterWriter['when'];
  readonly events: readonly Event[];
}

/** The places of a service. */
export interface Places {
  /** Those at which something varies. */
  readonly all: readonly Place[];
  /** A place of an answer in the answers to every class that has it there, also where little was said. */
  readonly everywhere: (place: Place) => readonly Place[];
}

/** The places of a service at which something is told. @param regionsOf the regions of a class */
export function placesIn(rows: readonly Row[], regionsOf: (id: number) => readonly Region[]): Places {
  const classes = new Map<number, Event[]>();
  for (const event of inOrder(rows).slice(0, MOST_EVENTS)) {
    const id = event.at === 0 ? -1 : (event.row.said[event.at]?.class ?? -1);
    if (event.at > 0 && id < 0) continue;
    const its = classes.get(id);
    if (its) its.push(event);
    else classes.set(id, [event]);
  }
  const kinds = [...classes].flatMap(([id, events]) => kindsOf(id, events, id < 0 ? [] : regionsOf(id)));
  kinds.sort((a, b) => Number(a.when !== null) - Number(b.when !== null));
  const all = kinds
    .flatMap((kind) => placesOf(kind, kind.class < 0 ? [] : regionsOf(kind.class)))
    .slice(0, MOST_PLACES);
  const whole = kinds.filter(({ when }) => when === null);
  const everywhere = ({ writer, number }: Place) =>
    whole.flatMap((kind) => placeAt(new Side(kind, writer.value.of), writer.value, number, 1) ?? []);
  return { all, everywhere };
}

/** The exchanges of a class, and those with each value of a region that has only a few. */
function kindsOf(id: number, events: readonly Event[], regions: readonly Region[]): Kind[] {
  const all: Kind = { class: id, when: null, events };
  for (const span of regionSpans(regions)) {
    const parts = new Map<string, { value: Uint8Array; events: Event[] }>();
    for (const event of events) {
      const value = take(span, event.context);
      if (!value) continue;
      const key = toLatin1(value);
      const its = parts.get(key);
      if (its) its.events.push(event);
      else if (parts.size <= MOST_ASKED) parts.set(key, { value, events: [event] });
    }
    if (parts.size < 2 || parts.size > MOST_ASKED || events.length < EACH * parts.size) continue;
    const apart = [...parts.values()].map(({ value, events: its }): Kind => ({
      class: id,
      when: { kind: 'value', span, values: [value] },
      events: its,
    }));
    return [all, ...apart];
  }
  return [all];
}

/** What one side said in the exchanges of a kind, and where in it spans begin: many are looked for, most at the same places. */
class Side {
  readonly kind: Kind;
  readonly of: Source;
  readonly messages: readonly (Message | null)[];
  readonly #byPlaces = new Map<string, Int32Array>();
  readonly #byName = new Map<string, Int32Array>();

  constructor(kind: Kind, of: Source) {
    this.kind = kind;
    this.of = of;
    this.messages = kind.events.map(({ context }) => resolve(of, context));
  }

  /** The offset of a position in each message, -1: nowhere; the same array for the same offsets. */
  startsOf(from: Position): Int32Array {
    const name = JSON.stringify(from, bytesAsText);
    let starts = this.#byName.get(name);
    if (starts) return starts;
    starts = Int32Array.from(this.messages, (message) => (message ? locate(from, message) : -1));
    const places = toLatin1(new Uint8Array(starts.buffer));
    const same = this.#byPlaces.get(places);
    if (same) starts = same;
    else this.#byPlaces.set(places, starts);
    this.#byName.set(name, starts);
    return starts;
  }
}

function placesOf(kind: Kind, regions: readonly Region[]): Place[] {
  const known = new Set<string>();
  const found: Place[] = [];
  for (const of of [ANSWER, REQUEST]) {
    const side = new Side(kind, of);
    const looked = new Map<Int32Array, Set<string>>();
    let left = MOST_OF_KIND;
    for (const { span, number } of candidates(side, regions)) {
      if (left <= 0) break;
      // another name for the same beginnings, up to the same end, is the same place
      const starts = side.startsOf(span.from);
      const ended = looked.get(starts) ?? new Set<string>();
      const end = `${number ? formOf(number) : ''} ${JSON.stringify(span.to, bytesAsText)}`;
      if (ended.has(end)) continue;
      looked.set(starts, ended.add(end));
      const place = placeAt(side, span, number);
      if (!place) continue;
      const key = `${number ? formOf(number) : ''} ${place.told.map(({ event, value }) => `${event.order}=${value}`).join()}`;
      if (known.has(key)) continue;
      known.add(key);
      found.push(place);
      left--;
    }
  }
  return found;
}

/** Whether the highest byte is always the same and not zero: that is something else before a number, and must not be counted on. */
function beginsWithOther(told: readonly Told[], { order }: BinaryNumber): boolean {
  const highest = ({ bytes }: Told) => (order === 'big' ? bytes[0] : bytes.at(-1));
  const [first] = told;
  return first !== undefined && highest(first) !== 0 && told.every((one) => highest(one) === highest(first));
}

function formOf({ order, width }: BinaryNumber): string {
  return `${order} ${width}`;
}

interface Candidate {
  readonly span: Span;
  readonly number: BinaryNumber | null;
}

function* candidates({ messages: all, of }: Side, regions: readonly Region[]): Generator<Candidate> {
  const names = new Set<string>();
  const messages = spread(all, REFERENCES).filter((message) => message !== null);
  for (const message of messages) {
    for (const [from, to] of wordsOf(message, of === REQUEST ? regions : null)) {
      const isRequest = of === REQUEST;
      for (const start of starts(message, from, isRequest).slice(0, NAMES)) {
        for (const end of ends(message, from, to, isRequest).slice(0, NAMES)) {
          const span: Span = { of, from: start.at, to: end.at };
          const name = JSON.stringify(span);
          if (names.has(name)) continue;
          names.add(name);
          yield { span, number: null };
        }
      }
    }
  }
  if (of === REQUEST || messages.every(({ bytes }) => isText(bytes))) return;
  const shortest = messages.reduce((least, { bytes }) => Math.min(least, bytes.length), BINARY_SCAN);
  for (const number of WIDE_FIRST)
    for (let offset = 0; offset + number.width <= shortest; offset++)
      yield {
        span: { of, from: { kind: 'start', offset }, to: { kind: 'width', width: number.width } },
        number,
      };
}

/** The words of a message, in a request only those in regions that vary, and those regions themselves. */
function wordsOf({ bytes, edges }: Message, regions: readonly Region[] | null): [number, number][] {
  const found = new Map<string, [number, number]>();
  const least = isText(bytes) ? 1 : LEAST_IN_BINARY;
  const add = (from: number, to: number) => {
    if (to - from >= least && to - from <= MOST_BYTES && found.size < MOST_WORDS)
      found.set(`${from} ${to}`, [from, to]);
  };
  const scan = (from: number, to: number, isPart: (byte: number) => boolean) => {
    for (let at = from; at < to; at++) {
      if (!isPart(bytes[at] ?? 0)) continue;
      const start = at;
      while (at < to && isPart(bytes[at] ?? 0)) at++;
      add(start, at);
    }
  };
  const look = (from: number, to: number) => {
    scan(from, to, isInText);
    scan(from, to, isWord);
  };
  if (!regions) look(0, Math.min(SCAN, bytes.length));
  else
    regions.forEach((region, i) => {
      const [from, to] = [edges?.[i], edges?.[i + 1]];
      if (region.kind !== 'mutating' || from === undefined || to === undefined) return;
      add(from, to);
      look(from, to);
    });
  return [...found.values()];
}

/** What a value may be written with that is no single word: signs, points, dashes. */
function isInText(byte: number): boolean {
  return isWord(byte) || [0x2b, 0x2d, 0x2e, 0x2f, 0x3a, 0x5f].includes(byte);
}

/** Whether so many different values are said at a place: most say one and the same, which is soon seen. */
function saysVarious({ messages }: Side, starts: Int32Array, { to }: Span, least: number): boolean {
  const values: Uint8Array[] = [];
  for (let i = 0; i < messages.length && values.length < least; i++) {
    const message = messages[i];
    const bytes = message && takeUntil(message, starts[i] ?? -1, to);
    if (bytes && isValue(bytes) && !values.some((value) => equal(value, bytes))) values.push(bytes);
  }
  return values.length >= least;
}

function isValue({ length }: Uint8Array): boolean {
  return length > 0 && length <= MOST_BYTES;
}

/** A place with all that was said there; null where that varies too little, or is said too seldom. */
function placeAt(side: Side, span: Span, number: BinaryNumber | null, least = LEAST_VALUES): Place | null {
  const starts = side.startsOf(span.from);
  if (!saysVarious(side, starts, span, least)) return null;
  const { kind, messages } = side;
  const told: Told[] = [];
  let torn = 0;
  for (const [i, event] of kind.events.entries()) {
    const from = starts[i] ?? -1;
    const place = messages[i];
    const bytes = place && takeUntil(place, from, span.to);
    if (!bytes || !isValue(bytes)) continue;
    const message = place.bytes;
    const read = number && readNumber(number, bytes);
    const value = read === null ? toLatin1(bytes) : String(read);
    told.push({ event, value, bytes, message, from });
    const isPart = isTorn({ bytes: message }, from) || isTorn({ bytes: message }, from + bytes.length);
    if (number ? isText(bytes) : isPart) torn++;
  }
  // a part of a word, or of a text where numbers are looked for, is no value
  if (told.length < OFTEN * kind.events.length || 3 * torn > told.length) return null;
  if (number && beginsWithOther(told, number)) return null;
  const own = new Map<number, boolean>();
  return {
    writer: { class: kind.class, when: kind.when, value: span },
    number,
    isAnswer: span.of.kind === 'answer',
    told,
    own: (i) => {
      let known = own.get(i);
      const one = told[i];
      if (known === undefined) own.set(i, (known = one !== undefined && isOwn(one.event, one.bytes)));
      return known;
    },
  };
}
