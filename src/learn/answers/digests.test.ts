/** Checksums and hashes of what was said before, told in an answer; and bytes that are none. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CHECKSUMS, checksumOf } from '../../model/checksum.js';
import {
  big,
  bytesOf,
  c,
  differences,
  kindsOf,
  learnOne,
  little,
  s,
  seeds,
  speak,
  type Dice,
  type Protocol,
  type Words,
} from '../../../tests/helpers/sessions.js';

const [CRC32, , , CRC16] = CHECKSUMS;
const crc = (how: typeof CRC32, words: Words) => (how ? checksumOf(how, bytesOf(words)) : 0);
const hash = (name: string, words: Words) => createHash(name).update(bytesOf(words));
const sentence = (dice: Dice) =>
  Array.from({ length: dice.between(1, 6) }, () => dice.text(2, 9)).join(dice.pick([' ', ', ', '-']));

const digests: Readonly<Record<string, Protocol>> = {
  'a checksum in hexadecimal digits of what is behind a command': (dice) => {
    const said = sentence(dice);
    return [c('put ', said, '\r\n'), s('ok ', crc(CRC32, said).toString(16).padStart(8, '0'), '\r\n')];
  },
  'a binary checksum of a body behind a head': (dice) => {
    const body = `${sentence(dice)}\0${sentence(dice)}`;
    const head = ['SAVE', big(1, 4), dice.bytes(2), big(body.length, 2)];
    return [c(...head, body), s('DONE', big(0, 4), little(crc(CRC32, body), 4), '\x00')];
  },
  'a narrow checksum of all that was asked': (dice) => {
    const request = `\x02\x10${dice.text(4, 20)}`;
    return [c(request), s('\x06', big(crc(CRC16, request), 2), 'done')];
  },
  'a decimal checksum of a quoted text': (dice) => {
    const said = sentence(dice);
    return [c('sum "', said, '" now\n'), s('= ', String(crc(CRC32, said)), '\n')];
  },
  'a hash in hexadecimal digits of a script': (dice) => {
    const script = `return ${sentence(dice)}`;
    return [
      c(`*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n$${script.length}\r\n${script}\r\n`),
      s('$40\r\n', hash('sha1', script).digest('hex'), '\r\n'),
    ];
  },
  'a hash in base64 of a body': (dice) => {
    const body = `{"a": "${sentence(dice)}"}`;
    return [
      c(`PUT /x/${dice.text(3, 8)} V/1\r\nlength: ${body.length}\r\n\r\n${body}`),
      s('201\r\ntag: "', hash('sha256', body).digest('base64'), '"\r\n\r\n'),
    ];
  },
  'a binary hash of one field': (dice) => {
    const [name, text] = [dice.text(3, 9), sentence(dice)];
    return [
      c('\x05', big(name.length, 1), name, big(text.length, 1), text),
      s('\x85', hash('md5', text).digest(), '\x01'),
    ];
  },
  'the hash of what was put under a name': (dice) => {
    const [name, other, text] = [dice.text(4, 9), dice.text(4, 9), sentence(dice)];
    return [
      c('put ', name, ' ', text, '\n'),
      s('ok\n'),
      c('put ', other, ' ', sentence(dice), '\n'),
      s('ok\n'),
      c('hash ', name, '\n'),
      s(hash('md5', text).digest('hex'), '\n'),
    ];
  },
};

describe.each(Object.entries(digests))('%s', (_, protocol) => {
  it.each(seeds())('is learned (%i)', (seed) => {
    const service = learnOne(speak(protocol, 30, seed));
    expect(differences(service, speak(protocol, 30, seed + 500)).slice(0, 3)).toEqual([]);
    expect(kindsOf(service)).toContain('digest');
  });
});

it.each(seeds())('values that the server makes up are no digests (%i)', (seed) => {
  const protocol: Protocol = (dice) => [
    c('get ', sentence(dice), '\n'),
    s(Buffer.from(dice.bytes(16)).toString('hex'), ' ', Buffer.from(dice.bytes(4)).toString('hex'), '\n'),
    c('raw ', sentence(dice), '\n'),
    s(dice.bytes(4), '\x00', dice.bytes(16), '\x00', dice.bytes(2)),
  ];
  expect(kindsOf(learnOne(speak(protocol, 25, seed))).has('digest')).toBe(false);
});
