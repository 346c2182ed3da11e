/**
 * Texts in binary requests with the number beside them that says how long they are [new].
 *
 * Such a text is one value, however many words it is made of. What one client alone said is a value of its own, even
 * where all the words of it are said by others too: a title, a line of a letter. Where a request was seen once, nothing
 * else tells that it varies.
 */
import { isPrintable, isText, isTextByte } from '../../bytes/bytes.js';
import { binaryAt } from '../../model/number.js';

/** Bytes of a request that are read, and texts that are told in it. */
const HEAD = 4096;
const MOST = 64;
/** A shorter text has its length beside it by chance. */
const LEAST = 4;
/** Widths of the number that says how long a text is. */
const WIDTHS = [4, 2, 1] as const;

export interface Phrase {
  readonly from: number;
  readonly to: number;
  /** The bytes of numbers that a text of another length has otherwise: its length, and that of what it is a part of. */
  readonly counts: readonly number[];
}

/**
 * The counted texts of a binary request, in their order.
 *
 * @param isCounted whether requests say how long they are: then that goes for a text at their end too
 */
export function phrasesIn(request: Uint8Array, isCounted: boolean): Phrase[] {
  const bytes = request.subarray(0, HEAD);
  if (isText(bytes)) return [];
  const found: Phrase[] = [];
  for (let at = 0; at < bytes.length && found.length < MOST; at++) {
    const phrase = phraseAt(bytes, at);
    if (!phrase) continue;
    found.push(phrase);
    at = phrase.to - 1;
  }
  return isCounted ? [...found, ...textAtEnd(request, found.at(-1)?.to ?? 0)] : found;
}

/** The text that a request ends with, behind a place. */
function textAtEnd(request: Uint8Array, least: number): Phrase[] {
  let from = request.length;
  while (from > least && isTextByte(request[from - 1] ?? 0)) from--;
  return request.length - from < LEAST ? [] : [{ from, to: request.length, counts: [] }];
}

/** The text whose length stands at a place, read as it is mostly written. */
function phraseAt(bytes: Uint8Array, at: number): Phrase | null {
  for (const width of WIDTHS) {
    const from = at + width;
    if (from + LEAST > bytes.length) continue;
    for (const order of width === 1 ? (['big'] as const) : (['big', 'little'] as const)) {
      const length = binaryAt(bytes, at, width, order);
      const to = from + length;
      if (length < LEAST || to > bytes.length || !isText(bytes.subarray(from, to))) continue;
      // one byte, or two of which both are used, are some number by chance, if the text goes on behind it
      const isSure = width > 1 && length < 0x100;
      if (!isSure && (isTextByte(bytes[to] ?? 0) || (width === 1 && isPrintable(bytes[at])))) continue;
      return { from, to, counts: [order === 'big' ? from - 1 : at, ...lengthsAround(bytes, at, to)] };
    }
  }
  return null;
}

/** Bytes before a text in which the length of something may stand that ends with it. */
const AROUND = 8;

/** Bytes before a place that say how long it is from behind them to an end. */
function lengthsAround(bytes: Uint8Array, before: number, end: number): number[] {
  const found: number[] = [];
  for (let at = Math.max(0, before - AROUND); at < before; at++) if (at + 1 + (bytes[at] ?? 0) === end) found.push(at);
  return found;
}

/** Whether a text may be a value: one without blanks and digits is a name of the protocol's as often as not. */
export function isValue(text: string): boolean {
  return /[0-9 ]/.test(text);
}
