/** Values of a message that may be written in another way than they are meant [new]: in digits, with signs, doubled. */
import { isText, toLatin1 } from '../../bytes/bytes.js';
import type { Recoding } from '../../model/types.js';
import type { Extent } from './writings.js';

/** Messages are looked at so far, and so many values of each writing. */
const SCAN = 4096;
const MOST = 12;

/** A value, and how it would be read. */
export interface Coded extends Extent {
  readonly how: Recoding;
}

const FROM_HEX: Recoding = { kind: 'from hex' };
const FROM_BASE64: Recoding = { kind: 'from base64' };
const PERCENT = 0x25;
const QUOTES = [0x27, 0x22] as const;

const READINGS: readonly { readonly run: RegExp; readonly how: readonly Recoding[] }[] = [
  { run: /(?:[0-9a-f]{2}){2,}/gi, how: [FROM_HEX] },
  { run: /[a-z0-9+/_-]{4,}={0,2}/gi, how: [FROM_BASE64] },
  {
    run: /[a-z0-9%+._~!*'()-]{2,}/gi,
    how: [false, true].map((plus) => ({ kind: 'from percent', sign: PERCENT, plus })),
  },
  ...QUOTES.map((by) => {
    const quote = String.fromCharCode(by);
    const how: Recoding = { kind: 'unescape', by, bytes: Uint8Array.of(by), where: 'everywhere' };
    return {
      run: new RegExp(`(?<=${quote})(?:[^${quote}]|${quote}${quote})+(?=${quote}(?!${quote}))`, 'g'),
      how: [how],
    };
  }),
];

/** The values of a text that may be read so; what is there as it is meant is measured more plainly as it is. */
export function codedIn(bytes: Uint8Array): readonly Coded[] {
  const head = bytes.subarray(0, SCAN);
  if (!isText(head)) return [];
  const text = toLatin1(head);
  return READINGS.flatMap(({ run, how: all }) =>
    [...matches(text, run)].flatMap(([from, to]) => all.map((how): Coded => ({ from, to, how }))),
  );
}

function* matches(text: string, run: RegExp): Generator<[number, number]> {
  let left = MOST;
  for (const { index, 0: found } of text.matchAll(run)) {
    if (left-- === 0) return;
    yield [index, index + found.length];
  }
}
