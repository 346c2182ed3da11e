/**
 * The writings in which a value may recur [new]: for each, how to tell from a few bytes of an answer what
 * the value would begin with, how far a value that was found goes with the answer, and which details
 * (upper case, padding, what is escaped) the samples show.
 */
import { EMPTY, concat, isPrintable, startsWith, toLatin1 } from '../../bytes/bytes.js';
import { hexPair, isEscapePlace, recode } from '../../model/recode.js';
import type { Recoding } from '../../model/types.js';

/** A value and the answer in which it should stand at `at`, in another writing. */
export interface Pair {
  readonly value: Uint8Array;
  readonly answer: Uint8Array;
  readonly at: number;
}

/** Where in a message a value is that goes with the answer. */
export interface Extent {
  readonly from: number;
  readonly to: number;
}

export interface Writing {
  readonly cost: number;
  /** Every value shows it; else only some do, and its details come from all of them. */
  readonly isPlain: boolean;
  /** Whether the writing may show in the answer from `at` on. */
  shows(answer: Uint8Array, at: number): boolean;
  /** What the value would begin with to stand in the answer at `at`; nothing when it can not stand there in this writing. */
  needles(answer: Uint8Array, at: number): readonly Uint8Array[];
  /** The bytes of the message around a needle at `q` that go with the answer. */
  extent(message: Uint8Array, q: number, answer: Uint8Array, at: number): Extent;
  /** Details to try, from the samples whose value may be there. */
  details(pairs: readonly Pair[]): readonly Recoding[];
}

const KEY = 4;
const LEAST_KEY = 2;
const MOST = 4096;

/** Counts how far a check holds. */
function goes(holds: (i: number) => boolean): number {
  let n = 0;
  while (n < MOST && holds(n)) n++;
  return n;
}

function keyOf(byteAt: (i: number) => number, least = LEAST_KEY): Uint8Array[] {
  const bytes: number[] = [];
  for (let i = 0; i < KEY; i++) {
    const byte = byteAt(i);
    if (byte < 0) break;
    bytes.push(byte);
  }
  return bytes.length < least ? [] : [Uint8Array.from(bytes)];
}

const HEX: Writing = {
  cost: 3,
  isPlain: true,
  shows: () => true,
  needles: (answer, at) => keyOf((i) => hexPair(answer, at + 2 * i)),
  extent: (message, q, answer, at) => ({
    from: q,
    to: q + goes((i) => q + i < message.length && hexPair(answer, at + 2 * i) === message[q + i]),
  }),
  details: () => [
    { kind: 'hex', upper: false },
    { kind: 'hex', upper: true },
  ],
};

const UNHEX: Writing = {
  cost: 3,
  isPlain: true,
  shows: () => true,
  needles: (answer, at) =>
    at + 2 > answer.length
      ? []
      : [false, true].flatMap((upper) => recode({ kind: 'hex', upper }, answer.subarray(at, at + KEY)) ?? []),
  extent: (message, q, answer, at) => ({
    from: q,
    to: q + 2 * goes((i) => at + i < answer.length && hexPair(message, q + 2 * i) === answer[at + i]),
  }),
  details: () => [{ kind: 'from hex' }],
};

const BASE64S = [
  { kind: 'base64', url: false, pad: true },
  { kind: 'base64', url: false, pad: false },
  { kind: 'base64', url: true, pad: true },
  { kind: 'base64', url: true, pad: false },
] as const;

const BASE64: Writing = {
  cost: 3,
  isPlain: true,
  shows: () => true,
  needles: (answer, at) => {
    const bytes = at + 4 > answer.length ? null : recode({ kind: 'from base64' }, answer.subarray(at, at + 4));
    return bytes && bytes.length > 0 ? [bytes] : [];
  },
  extent: (message, q, answer, at) => {
    const groups = goes((i) => {
      const bytes = recode({ kind: 'from base64' }, answer.subarray(at + 4 * i, at + 4 * i + 4));
      return bytes?.length === 3 && startsWith(message, bytes, q + 3 * i);
    });
    return { from: q, to: Math.min(message.length, q + 3 * groups + 2) };
  },
  details: () => BASE64S,
};

const UNBASE64: Writing = {
  cost: 3,
  isPlain: true,
  shows: () => true,
  needles: (answer, at) =>
    at + 3 > answer.length
      ? []
      : BASE64S.filter((how) => how.pad).flatMap((how) => recode(how, answer.subarray(at, at + 3)) ?? []),
  extent: (message, q, answer, at) => {
    const groups = goes((i) => {
      const bytes = recode({ kind: 'from base64' }, message.subarray(q + 4 * i, q + 4 * i + 4));
      return bytes?.length === 3 && startsWith(answer, bytes, at + 3 * i);
    });
    return { from: q, to: Math.min(message.length, q + 4 * groups + 4) };
  },
  details: () => [{ kind: 'from base64' }],
};

function utf16(order: 'big' | 'little'): Writing[] {
  const [low, high] = order === 'big' ? [1, 0] : [0, 1];
  const wideAt = (bytes: Uint8Array, at: number) =>
    at + 2 <= bytes.length && bytes[at + high] === 0 ? (bytes[at + low] ?? -1) : -1;
  // zeros and small numbers in a row look like wide text
  const isText = (byte: number) => (byte >= 0x20 ? byte : -1);
  return [
    {
      cost: 3,
      isPlain: true,
      shows: () => true,
      needles: (answer, at) => keyOf((i) => isText(wideAt(answer, at + 2 * i))),
      extent: (message, q, answer, at) => ({
        from: q,
        to: q + goes((i) => q + i < message.length && isText(wideAt(answer, at + 2 * i)) === message[q + i]),
      }),
      details: () => [{ kind: 'utf-16', order }],
    },
    {
      cost: 3,
      isPlain: true,
      shows: () => true,
      needles: (answer, at) =>
        keyOf((i) => isText(answer[at + i] ?? -1)).flatMap((key) => recode({ kind: 'utf-16', order }, key) ?? []),
      extent: (message, q, answer, at) => ({
        from: q,
        to: q + 2 * goes((i) => at + i < answer.length && isText(wideAt(message, q + 2 * i)) === answer[at + i]),
      }),
      details: () => [{ kind: 'from utf-16', order }],
    },
  ];
}

const REVERSE: Writing = {
  cost: 4,
  isPlain: true,
  shows: () => true,
  needles: (answer, at) =>
    at + KEY - 1 > answer.length ? [] : [answer.slice(at, Math.min(at + KEY, answer.length)).reverse()],
  extent: (message, q, answer, at) => {
    const to = q + Math.min(KEY, answer.length - at);
    return {
      from: to - goes((i) => to - 1 - i >= 0 && at + i < answer.length && message[to - 1 - i] === answer[at + i]),
      to,
    };
  },
  details: () => [{ kind: 'reverse' }],
};

/** How far plain bytes on one side go with bytes and signs on the other: how many of each. */
function walkPercent(plain: Uint8Array, p: number, coded: Uint8Array, c: number, sign: number) {
  const from = [p, c] as const;
  const marked = new Set<number>();
  const kept = new Set<number>();
  let plus = false;
  let upper: boolean | null = null;
  for (; p < plain.length && c < coded.length && p - from[0] < MOST; p++) {
    const byte = plain[p] ?? 0;
    if (coded[c] === sign && hexPair(coded, c + 1) === byte) {
      marked.add(byte);
      for (const digit of coded.subarray(c + 1, c + 3)) if (digit > 0x40) upper = digit < 0x60;
      c += 3;
    } else if (byte === 0x20 && coded[c] === 0x2b) {
      plus = true;
      c++;
    } else if (coded[c] === byte && byte !== sign) {
      kept.add(byte);
      c++;
    } else break;
  }
  return { plain: p - from[0], coded: c - from[1], marked, kept, plus, upper };
}

/** Ways that are kept; the same few bytes are asked about at very many places. */
const MOST_WAYS = 4096;
const ways = new Map<number, readonly Uint8Array[]>();

/** The ways in which two bytes may be coded: letters and digits as they are, others as they are or behind a sign. */
function codedWays(one: number | undefined, other: number | undefined, sign: number): readonly Uint8Array[] {
  if (one === undefined || other === undefined) return [];
  const key = (sign * 256 + one) * 256 + other;
  let known = ways.get(key);
  if (!known) {
    const behind = formsOf(other, sign);
    known = formsOf(one, sign).flatMap((form) => behind.map((next) => concat([form, next])));
    if (ways.size >= MOST_WAYS) ways.clear();
    ways.set(key, known);
  }
  return known;
}

const forms = new Map<number, readonly Uint8Array[]>();

/** The different ways in which one byte may be coded. */
function formsOf(byte: number, sign: number): readonly Uint8Array[] {
  const key = sign * 256 + byte;
  let known = forms.get(key);
  if (!known) {
    const own = Uint8Array.of(byte);
    const how = { kind: 'percent', sign, keep: EMPTY, plus: false } as const;
    const coded = [true, false].map((upper) => recode({ ...how, upper }, own) ?? own);
    const all = isPrintable(byte) ? [own, ...coded] : coded;
    forms.set(key, (known = [...new Map(all.map((form) => [toLatin1(form), form])).values()]));
  }
  return known;
}

/** Signs before two digits: `%` and `=`. */
const FORM_SIGN = 0x25;
const SIGNS = [FORM_SIGN, 0x3d] as const;
const PLUS = 0x2b;
/** What is hardly ever marked, where the samples do not tell. */
const UNRESERVED = [0x2d, 0x2e, 0x5f, 0x7e];

function holdsSign(bytes: Uint8Array, sign: number, from: number): boolean {
  for (let at = bytes.indexOf(sign, from); at >= 0 && at < from + 256; at = bytes.indexOf(sign, at + 1))
    if (hexPair(bytes, at + 1) >= 0) return true;
  return false;
}

/** Forms mark spaces with a plus: where words are all that is said, nothing else shows how they are written. */
function holdsPlus(bytes: Uint8Array, sign: number, from: number): boolean {
  return sign === FORM_SIGN && bytes.subarray(from, from + 256).includes(PLUS);
}

function percent(sign: number): Writing[] {
  return [
    {
      cost: 4,
      isPlain: false,
      shows: (answer, at) => holdsSign(answer, sign, at) || holdsPlus(answer, sign, at),
      needles: (answer, at) => {
        const plain = recode({ kind: 'from percent', sign, plus: false }, answer.subarray(at, at + 3 * KEY)) ?? EMPTY;
        // a plus may stand for a space
        const until = plain.indexOf(0x2b);
        const key = plain.subarray(0, Math.min(KEY, until < 0 ? KEY : until));
        return key.length < LEAST_KEY ? [] : [key];
      },
      extent: (message, q, answer, at) => ({ from: q, to: q + walkPercent(message, q, answer, at, sign).plain }),
      details: (pairs) => {
        const walks = pairs.map(({ value, answer, at }) => walkPercent(value, 0, answer, at, sign));
        const whole = walks.filter((walk, i) => walk.plain === pairs[i]?.value.length);
        const marked = new Set(whole.flatMap((walk) => [...walk.marked]));
        const kept = new Set([...UNRESERVED, ...whole.flatMap((walk) => [...walk.kept])]);
        const isWord = (b: number) => /^[0-9A-Za-z]$/.test(String.fromCharCode(b));
        const keep = Uint8Array.from([...kept].filter((b) => !isWord(b) && !marked.has(b)).sort((a, b) => a - b));
        const upper = whole.find((walk) => walk.upper !== null)?.upper ?? true;
        const plus = whole.some((walk) => walk.plus);
        return marked.size === 0 && !(plus && sign === FORM_SIGN) ? [] : [{ kind: 'percent', sign, keep, plus, upper }];
      },
    },
    {
      cost: 4,
      isPlain: false,
      shows: () => true,
      needles: (answer, at) => codedWays(answer[at], answer[at + 1], sign),
      extent: (message, q, answer, at) => {
        const walk = walkPercent(answer, at, message, q, sign);
        const isCoded = holdsSign(message, sign, q) || (walk.plus && sign === FORM_SIGN);
        return { from: q, to: isCoded ? q + walk.coded : q };
      },
      details: (pairs) => {
        const plus = pairs.some(({ value, answer, at }) => walkPercent(answer, at, value, 0, sign).plus);
        return [{ kind: 'from percent', sign, plus }];
      },
    },
  ];
}

/** How far plain bytes go with escaped ones, and what was put before which bytes. */
function walkEscapes(plain: Uint8Array, p: number, coded: Uint8Array, c: number, by: number) {
  const from = [p, c] as const;
  const marked = new Set<number>();
  let inside = false;
  for (; p < plain.length && c < coded.length && p - from[0] < MOST; p++, c++) {
    const byte = plain[p] ?? 0;
    if (coded[c] === by && coded[c + 1] === byte) {
      marked.add(byte);
      inside ||= !isEscapePlace('line start', plain.subarray(from[0]), p - from[0]);
      c++;
    } else if (coded[c] !== byte) break;
  }
  return { plain: p - from[0], coded: c - from[1], marked, inside };
}

/** Printable bytes, and the control bytes that have no other use: the rest are numbers and fields. */
function mayEscape(byte: number | undefined): boolean {
  return byte !== undefined && ((byte > 0x20 && byte < 0x7f) || byte === 0xff || byte === 0x10 || byte === 0x1b);
}

/** The byte that is put before others, from the first place where the two do not go together. */
function escapeOf(plain: Uint8Array, p: number, coded: Uint8Array, c: number): number {
  const same = goes((i) => p + i < plain.length && plain[p + i] === coded[c + i]);
  const put = coded[c + same];
  const before = coded[c + same - 1];
  if (put === undefined || !mayEscape(put) || p + same >= plain.length) return -1;
  // a byte that is doubled was passed once already
  if (put === before && same > 0 && plain[p + same] === coded[c + same + 1]) return put;
  return coded[c + same + 1] === plain[p + same] ? put : -1;
}

function escapeDetails(kind: 'escape' | 'unescape', walks: readonly ReturnType<typeof walkEscapes>[], by: number) {
  const marked = new Set(walks.flatMap((walk) => [...walk.marked]));
  const bytes = Uint8Array.from([...marked].sort((a, b) => a - b));
  const inside = walks.some((walk) => walk.inside);
  return (['line start', 'everywhere'] as const)
    .filter((where) => marked.size > 0 && (where === 'everywhere' || !inside))
    .map((where): Recoding => ({ kind, by, bytes, where }));
}

function mostFrequent(found: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const by of found) if (by >= 0) counts.set(by, (counts.get(by) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? -1;
}

const firstTwo = (answer: Uint8Array, at: number) => keyOf((i) => (i < 2 ? (answer[at + i] ?? -1) : -1));

const ESCAPE: Writing = {
  cost: 4,
  isPlain: false,
  shows: () => true,
  needles: firstTwo,
  extent: (message, q, answer, at) => {
    const by = escapeOf(message, q, answer, at);
    const walk = by < 0 ? null : walkEscapes(message, q, answer, at, by);
    return { from: q, to: walk && walk.marked.size > 0 ? q + walk.plain : q };
  },
  details: (pairs) => {
    const by = mostFrequent(pairs.map(({ value, answer, at }) => escapeOf(value, 0, answer, at)));
    const walks = pairs.map(({ value, answer, at }) => walkEscapes(value, 0, answer, at, by));
    return by < 0
      ? []
      : escapeDetails(
          'escape',
          walks.filter((walk, i) => walk.plain === pairs[i]?.value.length),
          by,
        );
  },
};

const UNESCAPE: Writing = {
  cost: 4,
  isPlain: false,
  shows: () => true,
  needles: firstTwo,
  extent: (message, q, answer, at) => {
    const by = escapeOf(answer, at, message, q);
    const walk = by < 0 ? null : walkEscapes(answer, at, message, q, by);
    return { from: q, to: walk && walk.marked.size > 0 ? q + walk.coded : q };
  },
  details: (pairs) => {
    const by = mostFrequent(pairs.map(({ value, answer, at }) => escapeOf(answer, at, value, 0)));
    const walks = pairs.map(({ value, answer, at }) => walkEscapes(answer, at, value, 0, by));
    return by < 0
      ? []
      : escapeDetails(
          'unescape',
          walks.filter((walk, i) => walk.coded === pairs[i]?.value.length),
          by,
        );
  },
};

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

const TRIM: Writing = {
  cost: 4,
  isPlain: false,
  shows: () => true,
  needles: firstTwo,
  extent: (message, q, answer, at) => {
    const same = goes((i) => q + i < message.length && message[q + i] === answer[at + i]);
    // a blank that the answer has as well was not taken away
    const isKept = q > 0 && at > 0 && message[q - 1] === answer[at - 1];
    const before = isKept ? 0 : goes((i) => isBlank(message[q - 1 - i]));
    const behind = goes((i) => isBlank(message[q + same + i]));
    return before + behind === 0 ? { from: q, to: q } : { from: q - before, to: q + same + behind };
  },
  details: () => [{ kind: 'trim' }],
};

/** All writings; those that are seldom met by chance first. */
export const WRITINGS: readonly Writing[] = [
  ...utf16('little'),
  ...utf16('big'),
  HEX,
  UNHEX,
  BASE64,
  UNBASE64,
  REVERSE,
  ...SIGNS.flatMap(percent),
  ESCAPE,
  UNESCAPE,
  TRIM,
];
