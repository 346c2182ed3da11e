/** Checksums and cryptographic hashes of what was said. */
import { createHash } from 'node:crypto';
import { checksumOf } from './checksum.js';
import { writeNumber } from './number.js';
import { recode } from './recode.js';
import type { Digest } from './types.js';

export type Hash = Digest & { readonly of: 'hash' };

/** The hashes in common use, and how many bytes each has. */
export const HASHES: readonly (readonly [name: Hash['name'], width: number])[] = [
  ['md5', 16],
  ['sha1', 20],
  ['sha256', 32],
  ['sha512', 64],
];

/** A checksum or a hash of some bytes; null where it can not be written so. */
export function digestOf(digest: Digest, bytes: Uint8Array): Uint8Array | null {
  if (digest.of === 'checksum') return writeNumber(digest.write, checksumOf(digest.how, bytes));
  const hash = new Uint8Array(createHash(digest.name).update(bytes).digest());
  return digest.how ? recode(digest.how, hash) : hash;
}
