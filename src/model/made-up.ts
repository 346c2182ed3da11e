/** Values that the server makes up: fresh ones of the same length and alphabet, or out of the same range. */
import { writeNumber } from './number.js';
import type { NumberRange, Rule } from './types.js';

type MadeUp = Rule & { readonly kind: 'made up' };

/** A fresh value of the kind that a rule tells; null where its number can not be written. */
export function makeUp({ min, max, alphabet, form, within }: MadeUp, random: () => number): Uint8Array | null {
  if (within) return drawn(within, random);
  const length = min + Math.floor(random() * (max - min + 1));
  const bytes = new Uint8Array(length);
  const of = (its: Uint8Array) => its[Math.floor(random() * its.length)] ?? 0;
  for (let i = 0; i < length; i++) bytes[i] = of(alphabet);
  for (const { at, bytes: its } of form ?? []) if (at < length) bytes[at] = of(its);
  return bytes;
}

/** Whether a value may have been made up by a rule: its length, and each byte at its place. */
export function isOfKind({ min, max, alphabet, form = [] }: MadeUp, value: Uint8Array): boolean {
  if (value.length < min || value.length > max) return false;
  const own = new Map(form.map(({ at, bytes }) => [at, bytes]));
  return value.every((byte, i) => (own.get(i) ?? alphabet).includes(byte));
}

function drawn({ codec, least, most }: NumberRange, random: () => number): Uint8Array | null {
  return writeNumber(codec, least + Math.floor(random() * (most - least + 1)));
}
