/** A checksum that all answers of a service end with: right where nothing else of an answer is known. */
import { describe, expect, it } from 'vitest';
import { concat, toLatin1 } from '../../bytes/bytes.js';
import { checksumOf } from '../../model/checksum.js';
import type { Checksum } from '../../model/types.js';
import {
  Caller,
  big,
  bytesOf,
  c,
  kindsOf,
  learnOne,
  little,
  s,
  seeds,
  speak,
  type Dice,
  type Words,
} from '../../../tests/helpers/sessions.js';

const CRC = { kind: 'crc', bits: 16, polynomial: 0x1021, start: 0xffff, reflected: false, xor: 0x1d0f } as const;
const seals: readonly { how: Checksum; width: number; skipped: number }[] = [
  { how: { kind: 'xor', start: 0x5a }, width: 1, skipped: 1 },
  { how: { kind: 'sum', bits: 16, negated: false, start: 77 }, width: 2, skipped: 0 },
  { how: CRC, width: 2, skipped: 2 },
];
const all = seals.flatMap((seal) => seeds(2).map((seed) => ({ ...seal, kind: seal.how.kind, seed })));

describe.each(all)('a service whose messages end with a checksum ($kind, $seed)', ({ how, width, skipped, seed }) => {
  const sealed = (...words: readonly Words[]) => {
    const text = concat(words.map(bytesOf));
    return concat([text, little(checksumOf(how, text.subarray(skipped)), width)]);
  };
  const protocol = (dice: Dice) => {
    const [cookie, name, key] = [dice.bytes(8), dice.text(3, 9), dice.bytes(2)];
    return [
      s(sealed('\x01\x77', cookie)),
      c(sealed('\x02\x00\x00SAY:', key, name)),
      s(sealed('\x82', key, '\x00', big(name.length, 2), name)),
      ...(dice.between(1, 12) === 1 ? [c(sealed('\x03\x00\x00ASK:', key)), s(sealed('\x83', key, '\x07rare'))] : []),
    ];
  };
  const service = learnOne(speak(protocol, 80, seed));

  it('seals what the server makes up', () => {
    const greeting = bytesOf(new Caller(service).greeting);
    expect(greeting).toEqual(sealed(greeting.subarray(0, -width)));
  });

  it('is right over answers that were never given', () => {
    const caller = new Caller(service);
    expect(caller.say(sealed('\x02\x00\x00SAY:\x17\x2a', 'zebedee'))).toBe(
      toLatin1(sealed('\x82\x17\x2a\x00\x00\x07zebedee')),
    );
  });

  it('seals an answer that was seen once or twice', () => {
    const rare = bytesOf(new Caller(service).say(sealed('\x03\x00\x00ASK:\x88\x99')));
    expect(toLatin1(rare)).toContain('rare');
    expect(rare).toEqual(sealed(rare.subarray(0, -width)));
  });
});

describe.each(seeds(2))(
  'a service whose messages are digits and end with the checksum of what these stand for (%i)',
  (seed) => {
    const framed = (...words: readonly Words[]) => {
      const bytes = concat(words.map(bytesOf));
      const lrc = checksumOf({ kind: 'sum', bits: 8, negated: true }, bytes);
      return `:${Buffer.from(concat([bytes, Uint8Array.of(lrc)]))
        .toString('hex')
        .toUpperCase()}\r\n`;
    };
    const protocol = (dice: Dice) => {
      const [unit, key] = [big(dice.between(1, 200), 1), dice.bytes(2)];
      return [
        c(framed(unit, '\x03')),
        s(framed(unit, '\x03UNIT', dice.bytes(3))),
        c(framed(unit, '\x01', key)),
        s(framed(unit, '\x01', key)),
      ];
    };

    it('is right behind what the server makes up', () => {
      const said = new Caller(learnOne(speak(protocol, 24, seed))).say(framed('\x2a', '\x03'));
      const bytes = Buffer.from(said.slice(1, -2), 'hex');
      expect(bytes.subarray(0, 2).toString('latin1')).toBe('\x2a\x03');
      expect(bytes).toHaveLength(10);
      expect(bytes.reduce((sum, byte) => sum + byte, 0) % 256).toBe(0);
    });
  },
);

describe('a service whose messages end with anything', () => {
  it.each(seeds(2))('gets no checksum (%i)', (seed) => {
    const protocol = (dice: Dice) => [s('\x01', dice.bytes(8)), c('\x02', dice.bytes(4)), s('\x82', dice.bytes(2, 6))];
    expect(kindsOf(learnOne(speak(protocol, 40, seed)))).not.toContain('checksum');
  });
});
