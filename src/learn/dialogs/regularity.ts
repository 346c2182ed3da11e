/** How regular messages are: bits that it takes to tell them, given those before and what stands before each byte. */
import { isTextByte, toLatin1 } from '../../bytes/bytes.js';
import type { LengthField } from '../../model/types.js';

/** The messages of one side (or their frames), and the length field of their frames. */
export interface Side {
  readonly messages: readonly Uint8Array[];
  readonly field: LengthField | undefined;
}

/** Bytes of a message that are looked at. */
const MOST = 256;
/** Weight of what is known without the byte before, and of every byte that was never seen. */
const PRIOR = 2;
const UNSEEN = 1 / 16;

/** Bits in which messages can be told, one after the other, by how often each byte stood behind another one. */
export function bitsOf(messages: readonly Uint8Array[]): number {
  const alone = new Float64Array(256).fill(UNSEEN);
  const behind = new Map<number, Float64Array>();
  let all = 256 * UNSEEN;
  let bits = 0;
  for (const message of messages) {
    let last = 256;
    for (const byte of message.subarray(0, MOST)) {
      let counts = behind.get(last);
      if (!counts) behind.set(last, (counts = new Float64Array(257)));
      const share = (alone[byte] ?? 0) / all;
      bits -= Math.log2(((counts[byte] ?? 0) + PRIOR * share) / ((counts[256] ?? 0) + PRIOR));
      counts[byte] = (counts[byte] ?? 0) + 1;
      counts[256] = (counts[256] ?? 0) + 1;
      alone[byte] = (alone[byte] ?? 0) + 1;
      all++;
      last = byte;
    }
  }
  return bits;
}

/** Share of texts in some bytes. */
export function textShare(messages: readonly Uint8Array[]): number {
  let text = 0;
  let all = 0;
  for (const message of messages)
    for (const byte of message.subarray(0, MOST)) {
      all++;
      if (isTextByte(byte)) text++;
    }
  return all === 0 ? 0 : text / all;
}

/** Share of bytes that stand in words of some length. */
export function wordShare(messages: readonly Uint8Array[]): number {
  const texts = messages.map((message) => toLatin1(message.subarray(0, MOST)));
  const count = (parts: readonly string[]) => parts.reduce((sum, part) => sum + part.length, 0);
  return count(texts.flatMap((text) => text.match(/[a-z]{4,}|[A-Z]{4,}/g) ?? [])) / Math.max(1, count(texts));
}

/** How often bytes are met in texts, roughly, the most frequent ones first; others are met less often, and what is no text hardly ever. */
const FREQUENT = ' etaoinsrhldcum"fpgwybvk:,';
const OTHERS = 1 / 300;
const NEVER = 1e-7;

/** How likely each byte is one of a text: the logarithm of how often it is met there. */
export const LIKE_TEXT: readonly number[] = Array.from({ length: 256 }, (_, byte) => {
  if (!isTextByte(byte)) return Math.log(NEVER);
  const rank = FREQUENT.indexOf(String.fromCharCode(byte));
  if (rank >= 0) return Math.log(1 / (10 + 2 * rank));
  return Math.log(/[A-Za-z0-9]/.test(String.fromCharCode(byte)) ? 2 * OTHERS : OTHERS);
});
