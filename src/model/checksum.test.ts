import { describe, expect, it } from 'vitest';
import { fromLatin1 } from '../bytes/bytes.js';
import { CHECKSUMS, checksumOf, coveredBy } from './checksum.js';

/** What the literature gives for the text `123456789`. */
const known = [
  0xcbf43926,
  0xe3069283,
  0x091e01de,
  0x4b37,
  0xbb3d,
  0x29b1,
  0x31c3,
  0x906e,
  0x2189,
  0xea82,
  null,
  0x1dd,
  0x1dd,
  0xfe23,
  0xf4,
  0x31,
  0xdd,
  0x23,
];

describe('checksums', () => {
  it.each(CHECKSUMS.map((how, i) => ({ how, value: known[i] ?? null, name: JSON.stringify(how) })))(
    'of the usual text: $name',
    ({ how, value }) => {
      if (value !== null) expect(checksumOf(how, fromLatin1('123456789'))).toBe(value);
    },
  );

  it('of 16-bit words with carries, over a header that holds it', () => {
    const header = Uint8Array.from(Buffer.from('45000073000040004011b861c0a80001c0a800c7', 'hex'));
    const covered = coveredBy({ what: 'around', count: 0 }, header, 10, 12);
    expect(covered && checksumOf({ kind: 'internet' }, covered)).toBe(0xb861);
  });
});
