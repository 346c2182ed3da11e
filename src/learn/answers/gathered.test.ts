/** What a session said in several requests, told as one: how long it is, its checksum, the whole of it. */
import { describe, expect, it } from 'vitest';
import { fromLatin1 } from '../../bytes/bytes.js';
import { CHECKSUMS, checksumOf } from '../../model/checksum.js';
import {
  big,
  c,
  differences,
  learnOne,
  s,
  seeds,
  speak,
  type Dice,
  type Protocol,
} from '../../../tests/helpers/sessions.js';

const [CRC32] = CHECKSUMS;
const crc = (text: string) => big(CRC32 ? checksumOf(CRC32, fromLatin1(text)) : 0, 4);
const sentence = (dice: Dice, most = 6) =>
  Array.from({ length: dice.between(1, most) }, () => dice.text(2, 9)).join(' ');
const frame = (kind: string, number: number, text: string) => c('BLK', kind, big(number, 2), big(text.length, 2), text);
const answer = (kind: string, number: number, ...rest: Uint8Array[]) =>
  s(
    'RES',
    kind,
    big(number, 2),
    big(
      rest.reduce((n, r) => n + r.length, 0),
      2,
    ),
    ...rest,
  );

const gathering: Readonly<Record<string, Protocol>> = {
  'the length of a text that was said line by line': (dice) => {
    const from = dice.text(3, 9);
    const lines = Array.from({ length: dice.between(2, 6) }, () => `${sentence(dice)}\r\n`);
    return [
      s('220 ready\r\n'),
      c('FROM ', from, '\r\n'),
      s('250 ', from, ' ok\r\n'),
      c('DATA\r\n'),
      s('354 go on\r\n'),
      c(...lines, '.\r\n'),
      s('250 took ', String(lines.join('').length), ' bytes\r\n'),
    ];
  },
  'the length and the checksum of what came in frames': (dice) => {
    const parts = Array.from({ length: dice.between(2, 5) }, () => sentence(dice));
    const name = dice.text(3, 9);
    return [
      frame('B', 0, name),
      answer('b', 0),
      ...parts.flatMap((part, i) => [frame('P', i, part), answer('p', i + 1)]),
      frame('E', 0, ''),
      answer('e', parts.length, big(parts.join('').length, 4), crc(parts.join(''))),
    ];
  },
  'the checksum of frames that came in any order, or twice': (dice) => {
    const parts = Array.from({ length: dice.between(2, 5) }, () => sentence(dice));
    const order = parts.map((_, i) => i);
    if (dice.between(0, 1)) order.reverse();
    if (dice.between(0, 2) === 0) order.push(dice.pick(order));
    return [
      frame('B', 0, dice.text(3, 9)),
      answer('b', 0),
      ...order.flatMap((i) => [frame('P', i, parts[i] ?? ''), answer('p', i)]),
      frame('E', 0, ''),
      answer('e', 0, crc(parts.join(''))),
    ];
  },
  'how many there were of one kind of frames, which begin with their length': (dice) => {
    const block = (text: string) => c(big(text.length, 4), text);
    const names = Array.from({ length: dice.between(1, 4) }, () => dice.text(3, 9));
    return [
      block(`F<${dice.text(4, 9)}>`),
      s(big(1, 4), 'g'),
      ...names.flatMap((name) => [block(`R<${name}>`), s(big(1, 4), 'g')]),
      block(`B${sentence(dice)}`),
      s(big(1, 4), 'g'),
      block('E'),
      s(big(8, 4), `h for ${names.length};`),
    ];
  },
  'how much was put since the last time': (dice) => {
    const loads = Array.from({ length: 2 }, () => Array.from({ length: dice.between(1, 4) }, () => sentence(dice, 3)));
    return loads.flatMap((texts) => [
      c('begin ', dice.text(3, 8), '\n'),
      s('ok begun\n'),
      ...texts.flatMap((text) => [c('put ', text, '\n'), s('ok\n')]),
      c('end\n'),
      s(`size ${texts.join('').length} of ${texts.length}\n`),
    ]);
  },
  'the whole of what was added bit by bit': (dice) => {
    const texts = Array.from({ length: dice.between(2, 4) }, () => dice.text(3, 12));
    return [
      c('new\n'),
      s('ok\n'),
      ...texts.flatMap((text) => [c('add ', text, '\n'), s('ok added\n')]),
      c('show\n'),
      s('all: ', texts.join(''), '\n'),
    ];
  },
};

describe.each(Object.entries(gathering))('%s', (_, protocol) => {
  it.each(seeds())('is told (%i)', (seed) => {
    const service = learnOne(speak(protocol, 40, seed));
    expect(differences(service, speak(protocol, 30, seed + 500)).slice(0, 3)).toEqual([]);
  });
});

it.each(seeds())('numbers that the server makes up are no lengths of what was said (%i)', (seed) => {
  const protocol: Protocol = (dice) => [
    c('begin ', dice.text(3, 8), '\n'),
    s('ok begun\n'),
    ...Array.from({ length: dice.between(1, 4) }, () => [c('put ', sentence(dice), '\n'), s('ok\n')]).flat(),
    c('end\n'),
    s(`size ${dice.between(3, 90)} of ${dice.between(1, 4)}\n`, dice.bytes(4), dice.bytes(16)),
  ];
  expect(JSON.stringify(learnOne(speak(protocol, 40, seed)).states)).not.toContain('"gathered"');
});
