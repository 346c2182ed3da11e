/**
 * How requests are told apart where frames alone do not do it [new; method.md "Framing"].
 *
 * Many clients begin with something of another form – a greeting of fixed size, an upgrade, a start-up message –
 * and speak in frames that carry their length from there on; frames of another kind may carry it elsewhere; and
 * some frames are but a part of a request, which goes on in the next one. All of that is looked for only where no
 * length is in all that clients say, and believed where it explains (nearly) all of it.
 */
import { concat, equal, isText } from '../../bytes/bytes.js';
import { LINE_ENDS, cutByLength, cutFrames, frameLength, openingCutter } from '../../model/frames.js';
import type { Framing, LengthField, NumberCodec, OtherLength } from '../../model/types.js';
import { distinct, learnFraming } from './framing.js';
import { LENGTH_CODECS, isSeenToGrow } from '../codecs.js';
import { spread } from '../spread.js';

/** What a client said until the server answered, and the answer; null: there was none. */
export interface Said {
  readonly bytes: Uint8Array;
  readonly answer: Uint8Array | null;
}

const MOST_SESSIONS = 200;
const MOST_MESSAGES = 200;
/** First things said that may be no frames, … */
const MOST_SKIPPED = 3;
/** … and bytes of them. */
const LONGEST_OPENING = 512;
const LAST_OFFSET = 8;
const MOST_ADDED = 16;
/** Messages that tell soon that a field is none. */
const FIRST_LOOK = 10;
/** Share of what is said that a framing explains, and of what may still be the opening; of that, share of the messages of frames that are all alike. */
const NEARLY_ALL = 0.97;
const MOST = 0.85;
const MOSTLY = 0.6;
const MOST_OTHERS = 4;
const LEAST_SESSIONS = 3;
/** Things said that have to end alike before what they end with is known to end them. */
const LEAST_ENDED = 8;

/**
 * Framing of what clients say in the sessions of a service.
 *
 * @param all whether what is said first is the client's, too
 * @param other the length field of what the server says
 */
export function learnRequests(sessions: readonly (readonly Said[])[], all = true, other?: LengthField): Framing {
  const plain = learnFraming(
    sessions.flatMap((said) => said.map(({ bytes }) => bytes)),
    other,
  );
  if (plain.length || !all) return plain;
  const some = spread(
    sessions.filter((said) => said.length > 0),
    MOST_SESSIONS,
  );
  const found = behindOpening(some.map((said) => said.map(({ bytes }) => bytes)));
  if (!found) return plain;
  const until = found.length && lastPiece({ ...found, silence: 0 }, some);
  if (found.length && until) return { ...found, length: { ...found.length, until }, silence: plain.silence };
  const framing: Framing = { ...found, silence: plain.silence };
  const more = unfinished(framing, some);
  return more.length > 0 ? { ...framing, more } : framing;
}

/**
 * The piece that everything that clients say ends with: what carries its length are then but pieces of a request (the
 * words of a sentence, the parts of a batch), which is answered as a whole. Undefined where nothing is such a piece.
 */
function lastPiece(framing: Framing, sessions: readonly (readonly Said[])[]): Uint8Array | undefined {
  const messages = sessions.flatMap((said) => {
    const part = openingCutter(framing);
    return said.map(({ bytes }) => part(bytes).rest).filter((rest) => rest.length > 0);
  });
  const cut = messages.map((message) => cutFrames(framing, message)).filter((pieces) => pieces.length > 1);
  const last = cut[0]?.at(-1);
  if (!last || cut.length < LEAST_ENDED || cut.length < messages.length * NEARLY_ALL) return undefined;
  // what tells something is no end: it would be another one each time
  const ended = cut.filter((pieces) => equal(pieces.at(-1) ?? last, last)).length;
  const sizes = new Set(cut.map((pieces) => pieces.length));
  return ended >= messages.length * NEARLY_ALL && sizes.size > 1 ? last : undefined;
}

/** The field that cuts all but the first things that were said, and how many bytes these are. */
function behindOpening(sessions: readonly Uint8Array[][]): Pick<Framing, 'length' | 'opening' | 'openingEnd'> | null {
  for (let skipped = 0; skipped <= MOST_SKIPPED; skipped++) {
    const messages = spread(distinct(sessions.flatMap((said) => said.slice(skipped))), MOST_MESSAGES);
    // where both sides speak at once, what is left of the opening stands among the messages; its size is proven below
    const length = fieldOf(messages, skipped === 0 ? NEARLY_ALL : MOST);
    if (!length) continue;
    if (skipped === 0) return { length };
    const opening =
      headOf(length, sessions, BLANK_LINES) ?? sizeOf(length, sessions) ?? headOf(length, sessions, LINE_ENDS);
    if (opening !== null) return { length, ...opening };
  }
  return null;
}

/** The field that most messages are cut by, with those of frames of other kinds that are in the others: such a share of all. */
function fieldOf(messages: readonly Uint8Array[], share: number): LengthField | null {
  const look = spread(messages, FIRST_LOOK);
  for (const field of candidates()) {
    if (cutBy(field, look).length < look.length * (MOSTLY - 0.1)) continue;
    const cut = cutBy(field, messages);
    if (cut.length < messages.length * MOSTLY || !isProven(field, cut)) continue;
    const others = othersBeside(field, messages, share);
    const whole: LengthField = others.length > 0 ? { ...field, others } : field;
    if (cutBy(whole, messages).length >= messages.length * share) return whole;
  }
  return null;
}

/** All fields that may be, the likeliest amounts between the field and the end of the frame first. */
function* candidates(): Generator<LengthField> {
  for (let offset = 0; offset <= LAST_OFFSET; offset++) {
    for (const codec of LENGTH_CODECS) {
      const width = codec.kind === 'binary' ? codec.width : 0;
      yield { offset, codec, add: 0 };
      for (let add = 1; add <= Math.max(MOST_ADDED, offset + width); add++) {
        if (add <= offset + width) yield { offset, codec, add: -add };
        if (add <= MOST_ADDED) yield { offset, codec, add };
      }
    }
  }
}

function cutBy(field: LengthField, messages: readonly Uint8Array[]): Uint8Array[][] {
  return messages.map((message) => cutByLength(field, message)).filter((frames) => frames !== null);
}

/** A number of one byte is met by chance more often than a wide one. */
const isWide = (codec: NumberCodec): boolean => codec.kind === 'binary' && codec.width >= 2;

/** Whether the messages that a field cuts, and the frames in them, are of so many lengths that this is no chance. */
function isProven({ offset, codec }: LengthField, cut: readonly Uint8Array[][]): boolean {
  const wholes = new Set(cut.map((frames) => frames.reduce((sum, frame) => sum + frame.length, 0)));
  const frames = new Set(cut.flat().map((frame) => frame.length));
  if (wholes.size < (isWide(codec) ? 4 : 8) || frames.size < (isWide(codec) ? 2 : 4)) return false;
  // a length that takes more bytes the larger it is, is one that has been seen to do so
  return codec.kind === 'binary' || isSeenToGrow(codec, cut.flat(), offset);
}

/** The fields of frames of other kinds, in messages that a field does not cut; none where they can not explain nearly all. */
function othersBeside(field: LengthField, messages: readonly Uint8Array[], share: number): OtherLength[] {
  const known = new Set(cutBy(field, messages).flatMap((frames) => frames.map((frame) => frame[0])));
  const uncut = messages.filter((message) => !cutByLength(field, message));
  let others: OtherLength[] = [];
  while (others.length < MOST_OTHERS) {
    const rests = strangers({ ...field, others }, uncut, known);
    const sum = rests.slice(0, MOST_OTHERS - others.length).reduce((all, [, its]) => all + its.length, 0);
    if (others.length === 0 && uncut.length - sum > messages.length * (1 - share)) return [];
    let next: OtherLength | null = null;
    for (const [first, its] of rests) next ??= otherOf(first, its, field, others);
    if (!next) break;
    others = [...others, next];
    known.add(next.first);
  }
  return others;
}

/** What begins with the first frame of no known kind in each message, by its first byte, what is most frequent first. */
function strangers(
  field: LengthField,
  messages: readonly Uint8Array[],
  known: ReadonlySet<number | undefined>,
): [number, Uint8Array[]][] {
  const rests = new Map<number, Uint8Array[]>();
  for (const message of messages) {
    const rest = strangeIn(field, message, known);
    const first = rest?.[0];
    if (rest && first !== undefined) rests.set(first, [...(rests.get(first) ?? []), rest]);
  }
  return [...rests].sort(([, a], [, b]) => b.length - a.length);
}

/** What begins with a frame of no known kind. */
function strangeIn(field: LengthField, message: Uint8Array, known: ReadonlySet<number | undefined>): Uint8Array | null {
  let at = 0;
  while (at < message.length) {
    if (!known.has(message[at])) return message.subarray(at);
    const length = frameLength(field, message, at);
    if (length === null || length <= 0) return null;
    at += length;
  }
  return null;
}

/** The field of the frames that begin with a byte, given what begins with one. */
function otherOf(
  first: number,
  rests: readonly Uint8Array[],
  field: LengthField,
  others: readonly OtherLength[],
): OtherLength | null {
  for (const candidate of candidates()) {
    const other: OtherLength = { ...candidate, first };
    const whole: LengthField = { ...field, others: [...others, other] };
    if (!rests.every((rest) => cutByLength(whole, rest))) continue;
    const its = cutBy(whole, rests).flatMap((frames) => frames.filter((frame) => frame[0] === first));
    if (new Set(its.map((frame) => frame.length)).size >= (isWide(other.codec) ? 2 : 4)) return other;
  }
  return null;
}

/** What a head of lines ends with. */
const BLANK_LINES = LINE_ENDS.map((end) => concat([end, end]));

/** What a text ends with that is said in all sessions before the frames; null: there is no such thing. */
function headOf(
  length: LengthField,
  sessions: readonly Uint8Array[][],
  ends: readonly Uint8Array[],
): Pick<Framing, 'openingEnd'> | null {
  const openingEnd = ends.find((end) => {
    const looks = sessions.map((said) => framedBehindHead({ length, openingEnd: end, silence: 0 }, said));
    return isProvenBy(looks);
  });
  return openingEnd ? { openingEnd } : null;
}

/** Whether a session begins with a text, and all that is said behind it is frames; null where nothing is. */
function framedBehindHead(framing: Framing & { length: LengthField }, said: readonly Uint8Array[]): boolean | null {
  const parts = said.map(openingCutter(framing));
  if (!parts.every(({ head }) => isText(head))) return false;
  const frames = parts.map(({ rest }) => rest).filter((rest) => rest.length > 0);
  return frames.length === 0 ? null : frames.every((rest) => cutByLength(framing.length, rest));
}

function isProvenBy(looks: readonly (boolean | null)[]): boolean {
  const [yes, no] = [true, false].map((which) => looks.filter((look) => look === which).length);
  return yes !== undefined && no !== undefined && yes >= LEAST_SESSIONS && yes >= (yes + no) * NEARLY_ALL;
}

/** How many bytes are said in all sessions before the frames; null: there is no such number. */
function sizeOf(length: LengthField, sessions: readonly Uint8Array[][]): Pick<Framing, 'opening'> | null {
  let sizes = Array.from({ length: LONGEST_OPENING }, (_, i) => i + 1);
  for (const said of spread(sessions, LEAST_SESSIONS))
    sizes = sizes.filter((size) => framedBehind(length, said, size) !== false);
  const valid = sizes.filter((size) => isProvenBy(sessions.map((said) => framedBehind(length, said, size))));
  // zeros at the end of the opening may look like empty frames: it ends where most clients wait
  const waits = valid.map((size) => sessions.filter((said) => endsAt(said, size)).length);
  const opening = valid[waits.indexOf(Math.max(...waits))];
  return opening === undefined ? null : { opening };
}

/** Whether all that is said behind so many bytes is frames; null where nothing is. */
function framedBehind(length: LengthField, said: readonly Uint8Array[], size: number): boolean | null {
  const rests = said.map(behind(size)).filter((rest) => rest.length > 0);
  return rests.length === 0 ? null : rests.every((rest) => cutByLength(length, rest));
}

/** What is behind so many bytes in each message of a client, one after the other. */
function behind(size: number): (message: Uint8Array) => Uint8Array {
  let left = size;
  return (message) => {
    const rest = message.subarray(left);
    left = Math.max(0, left - message.length);
    return rest;
  };
}

/** Whether the client waits behind so many bytes. */
function endsAt(said: readonly Uint8Array[], size: number): boolean {
  let at = 0;
  return said.some((message) => (at += message.length) === size);
}

/** Times that a frame of a kind has to be seen before one of its kind, and before one of another. */
const LEAST_BEFORE = 3;

/**
 * First bytes of frames that are but a part of a request: such a frame never ends what is said, which is always
 * answered, and is followed by as many of its kind as there are. Where each frame gets one of its own in the
 * answer, they are requests that did not wait.
 */
function unfinished(framing: Framing, sessions: readonly (readonly Said[])[]): number[] {
  const before = new Map<number, { same: number; other: number; isUneven: boolean }>();
  const never = new Set<number>();
  for (const said of sessions) {
    const part = openingCutter(framing);
    for (const { bytes, answer } of said) {
      const firsts = cutFrames(framing, part(bytes).rest).map((frame) => frame[0] ?? 0);
      const last = firsts.at(-1);
      if (last !== undefined) never.add(last);
      const answers = answer && framing.length ? cutByLength(framing.length, answer) : null;
      firsts.slice(0, -1).forEach((first, i) => {
        if (!answer) never.add(first);
        const counts = before.get(first) ?? { same: 0, other: 0, isUneven: false };
        if (firsts[i + 1] === first) counts.same++;
        else counts.other++;
        if (answers?.length !== firsts.length) counts.isUneven = true;
        before.set(first, counts);
      });
    }
  }
  return [...before]
    .filter(([first, { same, other, isUneven }]) => {
      return !never.has(first) && isUneven && same >= LEAST_BEFORE && other >= LEAST_BEFORE;
    })
    .map(([first]) => first)
    .sort((a, b) => a - b);
}
