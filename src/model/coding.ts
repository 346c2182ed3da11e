/**
 * Messages that are a coding of something else as a whole [new]: what they mean, and how what is meant is written.
 *
 * A message keeps its form: what stands before and behind the coded part stays, and a length field says the length
 * of what there is. So what is meant is framed as what was written is.
 */
import { deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { EMPTY, concat, equal, startsWith } from '../bytes/bytes.js';
import { checksumOf, checksumWidth } from './checksum.js';
import { cutByLength, endOfLine, fieldAt } from './frames.js';
import { readNumberAt, writeNumber } from './number.js';
import { recode } from './recode.js';
import type { CodedAs, Coding, Framing, LengthField } from './types.js';

/** What is compressed means no more than this. */
const MOST_INFLATED = 1024 * 1024;

/** A request as it is read: what it means, where it is a coding of something else; its line end may be written in another way than most write it. */
export function asRead(framing: Framing, request: Uint8Array): Uint8Array {
  const plain = withLineEnd(framing, request);
  const coding = framing.coding?.requests;
  return (coding && decoded(coding, framing.length, plain)) ?? plain;
}

function withLineEnd({ lineEnd }: Framing, request: Uint8Array): Uint8Array {
  const end = lineEnd ? endOfLine(request) : null;
  if (!lineEnd || !end || equal(end, lineEnd)) return request;
  return concat([request.subarray(0, request.length - end.length), lineEnd]);
}

/** The message that the server says when it means this. */
export function asSaid({ coding, answers }: Framing, meant: Uint8Array, random: () => number): Uint8Array {
  return coding?.answers ? coded(coding.answers, answers, meant, random) : meant;
}

/** What a message means; null where (a frame of) it is not written so. `field`: of its frames. */
export function decoded(coding: Coding, field: LengthField | undefined, message: Uint8Array): Uint8Array | null {
  return eachFrame(coding, field, message, (body) => undo(coding.how, body));
}

/** The message that means this; what can not be written so is left as it is. */
export function coded(
  coding: Coding,
  field: LengthField | undefined,
  meant: Uint8Array,
  random: () => number,
): Uint8Array {
  return eachFrame(coding, field, meant, (body) => redo(coding.how, body, random)) ?? meant;
}

/** The message with another body in each of its frames; null where one of them has no such body. */
function eachFrame(
  coding: Coding,
  field: LengthField | undefined,
  message: Uint8Array,
  change: (body: Uint8Array) => Uint8Array | null,
): Uint8Array | null {
  // a length field is a part of the head of blocks, and does not count their checksums
  const its = coding.how.kind === 'checked' ? undefined : field;
  const frames = its ? cutByLength(its, message) : [message];
  const changed = frames?.map((frame) => withBody(coding, its, frame, change));
  return changed?.every((frame) => frame !== null) === true ? concat(changed) : null;
}

/** Where a frame goes on behind its length field; null where it has none. */
export function behindLength(field: LengthField | undefined, frame: Uint8Array): number | null {
  if (!field) return 0;
  const { offset, codec } = fieldAt(field, frame, 0);
  const read = readNumberAt(codec, frame, offset);
  return read && offset + read.width;
}

function withBody(
  { skip, start, end }: Coding,
  field: LengthField | undefined,
  frame: Uint8Array,
  change: (body: Uint8Array) => Uint8Array | null,
): Uint8Array | null {
  const head = behindLength(field, frame);
  if (head === null) return null;
  const from = head + skip;
  const to = frame.length - end.length;
  if (from + start.length > to || !startsWith(frame, start, from) || !equal(frame.subarray(to), end)) return null;
  const body = change(frame.subarray(from + start.length, to));
  if (!body) return null;
  const rest = concat([frame.subarray(head, from), start, body, end]);
  if (!field) return rest;
  const length = fieldAt(field, frame, 0);
  const written = writeNumber(length.codec, rest.length - length.add);
  return written && concat([frame.subarray(0, length.offset), written, rest]);
}

function undo(how: CodedAs, body: Uint8Array): Uint8Array | null {
  switch (how.kind) {
    case 'hex':
      return recode({ kind: 'from hex' }, body);
    case 'base64':
      return recode({ kind: 'from base64' }, body);
    case 'key':
      return masked(body, 0, how.key);
    case 'mask':
      return body.length < how.width
        ? null
        : unkeyed(masked(body, how.width, body.subarray(0, how.width)), new Uint8Array(how.width));
    case 'chain':
      return body.map((byte, i) => byte ^ (i === 0 ? 0 : (body[i - 1] ?? 0)));
    case 'checked':
      return unchecked(how, body);
    case 'deflate':
      return inflated(how.wrap, body);
  }
}

function redo(how: CodedAs, body: Uint8Array, random: () => number): Uint8Array | null {
  switch (how.kind) {
    case 'hex':
    case 'base64':
      return recode(how, body);
    case 'key':
      return masked(body, 0, how.key);
    case 'mask': {
      if (body.length < how.width) return null;
      const key = Uint8Array.from({ length: how.width }, () => Math.floor(256 * random()));
      return unkeyed(masked(body, how.width, key), key);
    }
    case 'chain': {
      let last = 0;
      return body.map((byte) => (last = byte ^ last));
    }
    case 'checked':
      return concat(blocksOf(how, body).flatMap((block) => [block, checksumIn(how, block)]));
    case 'deflate':
      return DEFLATE[how.wrap](body, { level: how.level });
  }
}

type Checked = CodedAs & { readonly kind: 'checked' };

/** What is meant in blocks: the head, and what follows in as many as it takes. */
function blocksOf({ head, block }: Checked, body: Uint8Array): Uint8Array[] {
  const blocks = [body.subarray(0, head)];
  for (let at = head; at < body.length; at += block) blocks.push(body.subarray(at, at + block));
  return blocks;
}

function checksumIn({ how, order }: Checked, block: Uint8Array): Uint8Array {
  return writeNumber({ kind: 'binary', width: checksumWidth(how), order }, checksumOf(how, block)) ?? EMPTY;
}

/** What stands in blocks; null where a checksum is wrong or missing. */
function unchecked(how: Checked, body: Uint8Array): Uint8Array | null {
  const width = checksumWidth(how.how);
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < body.length;) {
    const end = Math.min(at + (at === 0 ? how.head : how.block), body.length - width);
    if (end <= at || (at === 0 && end < how.head)) return null;
    const block = body.subarray(at, end);
    if (!equal(checksumIn(how, block), body.subarray(end, end + width))) return null;
    blocks.push(block);
    at = end + width;
  }
  return concat(blocks);
}

/** The bytes from `from` on exclusive-or'd with the key, again and again. */
function masked(bytes: Uint8Array, from: number, key: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => (i < from ? byte : byte ^ (key[(i - from) % key.length] ?? 0)));
}

/** The bytes with another key before them. */
function unkeyed(bytes: Uint8Array, key: Uint8Array): Uint8Array {
  bytes.set(key);
  return bytes;
}

const DEFLATE = { raw: deflateRawSync, zlib: deflateSync, gzip: gzipSync };
const INFLATE = { raw: inflateRawSync, zlib: inflateSync, gzip: gunzipSync };

function inflated(wrap: 'raw' | 'zlib' | 'gzip', body: Uint8Array): Uint8Array | null {
  try {
    return new Uint8Array(INFLATE[wrap](body, { maxOutputLength: MOST_INFLATED }));
  } catch {
    return null;
  }
}
