/**
 * How the requests of a service are told apart in the stream [new; method.md "Framing"].
 *
 * Two things are looked for in the client's messages: a length field at a fixed place that says
 * where the request ends, and a delimiter on which nearly every message ends while most messages
 * hold it just once. Where neither is proven, a message is what arrives before silence.
 */
import { equal, indexOf } from '../../bytes/bytes.js';
import { LINE_ENDS, cutByLength } from '../../model/frames.js';
import { readNumberAt } from '../../model/number.js';
import type { Framing, LengthField, NumberCodec } from '../../model/types.js';
import { LENGTH_CODECS, isSeenToGrow } from '../codecs.js';
import { spread } from '../spread.js';

const LAST_OFFSET = 16;
const MOST_MESSAGES = 400;
const SILENCE = 200;
/** So many different messages have to be built as those of the other side are. */
const LEAST_ALIKE = 3;

/**
 * Framing of the messages of one direction.
 *
 * @param other the length field of the other direction: mostly both sides build their messages alike, so what few
 *   messages would not prove by themselves is taken from there where it cuts all of them
 */
export function learnFraming(messages: readonly Uint8Array[], other?: LengthField): Framing {
  const some = spread(distinct(messages), MOST_MESSAGES);
  const length = lengthField(some) ?? (other && some.length >= LEAST_ALIKE && cutsAll(other, some) ? other : undefined);
  if (length) return { length, silence: SILENCE };
  const delimiter = lineDelimiter(some);
  return delimiter ? { delimiter, silence: SILENCE } : { silence: SILENCE };
}

/** Messages without those that are the same; of long ones only the beginning is looked at. */
export function distinct(messages: readonly Uint8Array[]): Uint8Array[] {
  const seen = new Map<string, Uint8Array>();
  for (const message of messages)
    if (message.length > 0)
      seen.set(`${message.length}:${Buffer.from(message.subarray(0, 512)).toString('latin1')}`, message);
  return [...seen.values()];
}

/** The field that cuts (nearly) every message into whole frames, proven by different lengths. */
function lengthField(messages: readonly Uint8Array[]): LengthField | undefined {
  if (messages.length < 3) return undefined;
  for (let offset = 0; offset <= LAST_OFFSET; offset++) {
    for (const codec of LENGTH_CODECS) {
      const add = commonAdd(messages, offset, codec);
      if (add === null) continue;
      const field: LengthField = { offset, codec, add };
      if (proves(field, messages)) return field;
    }
  }
  return undefined;
}

/** The most frequent difference between the bytes behind the field and its value. */
function commonAdd(messages: readonly Uint8Array[], offset: number, codec: NumberCodec): number | null {
  const votes = new Map<number, number>();
  for (const message of messages) {
    const read = readNumberAt(codec, message, offset);
    if (!read) continue;
    const add = message.length - offset - read.width - read.value;
    if (Math.abs(add) <= 64) votes.set(add, (votes.get(add) ?? 0) + 1);
  }
  let best: number | null = null;
  for (const [add, count] of votes)
    if (count * 2 >= messages.length && (best === null || count > (votes.get(best) ?? 0))) best = add;
  return best;
}

function cutsAll(field: LengthField, messages: readonly Uint8Array[]): boolean {
  return messages.every((message) => cutByLength(field, message) !== null);
}

function proves(field: LengthField, messages: readonly Uint8Array[]): boolean {
  const lengths = new Set<number>();
  let whole = 0;
  let grows = false;
  for (const message of messages) {
    const frames = cutByLength(field, message);
    if (!frames) continue;
    whole++;
    for (const frame of frames) lengths.add(frame.length);
    grows ||= field.codec.kind !== 'stepped' || isSeenToGrow(field.codec, frames, field.offset);
  }
  const enough = field.codec.kind === 'binary' && field.codec.width >= 2 ? 2 : 4;
  return grows && lengths.size >= enough && whole >= messages.length * 0.97;
}

/** What messages may end on, the longest first: one is the end of another. */
export const DELIMITERS: readonly Uint8Array[] = [...LINE_ENDS, Uint8Array.of(0), Uint8Array.of(0x0d)];

/** A delimiter that ends nearly all messages, most of which hold it once. */
function lineDelimiter(messages: readonly Uint8Array[]): Uint8Array | undefined {
  if (messages.length < 2) return undefined;
  for (const delimiter of DELIMITERS) {
    let ends = 0;
    let once = 0;
    for (const message of messages) {
      const tail = message.subarray(message.length - delimiter.length);
      if (!equal(tail, delimiter)) continue;
      ends++;
      if (indexOf(message, delimiter) === message.length - delimiter.length) once++;
    }
    if (ends >= messages.length * 0.9 && once >= messages.length * 0.6) return delimiter;
  }
  return undefined;
}
