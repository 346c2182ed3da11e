/** Checksums in answers: learned from sessions, and right over answers that were never given. */
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1 } from '../../bytes/bytes.js';
import { CHECKSUMS, checksumOf, checksumWidth } from '../../model/checksum.js';
import type { Checksum } from '../../model/types.js';
import {
  big,
  bytesOf,
  c,
  differences,
  kindsOf,
  learnOne,
  little,
  s,
  speak,
  seeds,
  type Dice,
  type Protocol,
  type Words,
} from '../../../tests/helpers/sessions.js';

const sumOf = (how: Checksum, ...words: readonly Words[]) => checksumOf(how, concat(words.map(bytesOf)));
const CRC: Checksum & { kind: 'crc' } = {
  kind: 'crc',
  bits: 16,
  polynomial: 0x8005,
  start: 0xffff,
  reflected: true,
  xor: 0,
};
const digits = (value: number, width: number) => value.toString(16).padStart(width, '0');

function check(protocol: Protocol, seed: number): void {
  const service = learnOne(speak(protocol, 24, seed));
  expect(differences(service, speak(protocol, 25, seed + 500)).slice(0, 3)).toEqual([]);
  expect(kindsOf(service)).toContain('checksum');
}

const all = CHECKSUMS.map((how) => ({ how, name: JSON.stringify(how) })).flatMap(({ name, how }) =>
  ([big, little] as const)
    .filter((write) => checksumWidth(how) > 1 || write === big)
    .flatMap((write) => seeds(2).map((seed) => ({ name, how, write, order: write.name, seed }))),
);

describe('a checksum behind an answer', () => {
  it.each(all)('is found: $name, $order end first ($seed)', ({ how, write, seed }) => {
    const width = checksumWidth(how);
    check((dice) => {
      const key = dice.bytes(4);
      const answer = ['\x01\x03\x04', key, '\x00\x07'];
      return [c('\x01\x03', key, '\x00\x01\x00\x02'), s(...answer, write(sumOf(how, ...answer), width))];
    }, seed);
  });
});

const places: Readonly<Record<string, (dice: Dice, name: string) => readonly Words[]>> = {
  'behind a header that it does not cover': (_, name) => ['\x7e\x01', name, big(sumOf(CRC, name), 2), '\x7e'],
  'before what it covers': (_, name) => ['\x09', big(sumOf(CRC, `hi ${name}`), 2), `hi ${name}`],
  'in the middle, of all': (_, name) => {
    const zeros = concat(['\x45\x11', '\0\0', `hi ${name}`].map(bytesOf));
    return ['\x45\x11', big(checksumOf({ kind: 'internet' }, zeros), 2), `hi ${name}`];
  },
  'in small digits': (_, name) => [`$hi ${name}*${digits(sumOf({ kind: 'xor' }, `hi ${name}`), 2)}\r\n`],
  'in digits, of what digits stand for': (_, name) => {
    const frame = concat(['\x11\x03', name].map(bytesOf));
    const lrc = checksumOf({ kind: 'sum', bits: 8, negated: true }, frame);
    return [`:${Buffer.from(frame).toString('hex')}${digits(lrc, 2)}\r\n`.toUpperCase()];
  },
  'in capital digits': (_, name) => [`:hi ${name} ${digits(sumOf(CRC, `:hi ${name} `), 4).toUpperCase()}\r\n`],
};

describe.each(Object.entries(places))('a checksum %s', (_, answer) => {
  it.each(seeds(2))('is found (%i)', (seed) => {
    check((dice) => {
      const name = dice.text(4, 14);
      return [c(`GIVE ME WHATEVER YOU HAVE OF ${name};`), s(...answer(dice, name))];
    }, seed);
  });
});

describe('checksums of blocks', () => {
  it.each(seeds(2))('are found one by one, the last block being shorter (%i)', (seed) => {
    const how: Checksum = { ...CRC, polynomial: 0x3d65, start: 0, xor: 0xffff };
    const sealed = (...words: readonly Words[]) => [...words, little(sumOf(how, ...words), 2)];
    check((dice) => {
      const [source, key, last] = [dice.bytes(2), dice.bytes(16), dice.bytes(5)];
      // where all messages were built so, what is meant would be learned without them
      return [
        c('ARE YOU THERE?'),
        s('I AM HERE'),
        c('READ ALL THE DATA OF THIS STATION:', source, key, last, ', AND BE QUICK ABOUT IT'),
        s(...sealed('\x05\x64\x20\x44', source, '\x01\x00'), ...sealed(key), ...sealed(last)),
      ];
    }, seed);
  });
});

describe('where there is no checksum', () => {
  const none: Readonly<Record<string, Protocol>> = {
    'of random bytes': (dice) => [c('\x01\x02', dice.bytes(4)), s('\x01\x82\x33', dice.bytes(4), dice.bytes(4))],
    'of copies and random bytes': (dice) => {
      const key = dice.bytes(6);
      return [c('\x01\x02', key), s('\x01\x82', key, dice.bytes(2))];
    },
    'of text and digits': (dice) => {
      const name = dice.text(3, 12);
      return [c(`TELL ${name}\r\n`), s(`${name} ${dice.text(4, 4, '0123456789abcdef')}\r\n`)];
    },
    'of blocks that are one byte again and again': (dice) => {
      const key = dice.bytes(4);
      const block = new Uint8Array(dice.pick([24, 40, 56])).fill(dice.between(128, 255));
      return [c('\x01\x02', key), s('\x01\x82', key, block)];
    },
    'of a single byte': (dice) => {
      const key = dice.bytes(6);
      return [c('\x01\x02', key), s('\x01\x82', key, dice.bytes(1))];
    },
  };

  it.each(Object.entries(none).flatMap(([name, protocol]) => seeds(2).map((seed) => ({ name, protocol, seed }))))(
    'none is found: $name ($seed)',
    ({ protocol, seed }) => {
      expect(kindsOf(learnOne(speak(protocol, 25, seed)))).not.toContain('checksum');
    },
  );

  it('is left out when it is switched off', () => {
    const protocol: Protocol = (dice) => {
      const name = dice.text(4, 14);
      return [c(`GET ${name};`), s(name, big(sumOf(CRC, fromLatin1(name)), 2))];
    };
    expect(kindsOf(learnOne(speak(protocol, 20, 1), { without: 'checksum' }))).not.toContain('checksum');
  });
});
