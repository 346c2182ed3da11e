/** Rules that hold in all samples are told apart by what they explain: the cheapest one may stop too early. */
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1 } from '../../bytes/bytes.js';
import { big, c, differences, learnOne, s, seeds, speak, type Protocol } from '../../../tests/helpers/sessions.js';

const field = (tag: number, text: string) => concat([big(tag, 1), big(text.length, 2), fromLatin1(text)]);

const protocols: Readonly<Record<string, Protocol>> = {
  'a value that ends at a distance from the end, of one word most often': (dice) => {
    const words = dice.between(0, 11) > 0 ? 1 : dice.between(2, 4);
    const value = Array.from({ length: words }, () => dice.text(3, 9)).join(' ');
    const seal = dice.bytes(4).map((byte) => byte | 0x80);
    return [c('\x01\x02KEEP ', value, '\x00', seal), s('\x01kept'), c('\x01\x03GIVE'), s('\x02', value, '\x00\x07end')];
  },
  'a value behind another one with its length': (dice) => {
    const [key, value] = [
      dice.text(4, 11),
      Array.from({ length: dice.between(1, 5) }, () => dice.text(3, 8)).join(' '),
    ];
    const seals = [dice.bytes(4), dice.bytes(4)].map((seal) => seal.map((byte) => byte | 0x80));
    const put = c('\x01\x02KEEP', field(2, key), field(3, value), seals[0] ?? '');
    return [put, s('\x01kept'), c('\x01\x03GIVE', seals[1] ?? ''), s('\x02', field(3, value), '\x04end')];
  },
  'a number that holds the byte that stands behind it': (dice) => {
    const number =
      dice.between(0, 9) > 0 ? dice.bytes(2).map((byte) => byte | 2) : Uint8Array.of(1, dice.between(2, 255));
    return [c('\x41\x03', number, '\x01', dice.text(6, 20)), s('\x61\x41', number, '\x01')];
  },
};

describe.each(Object.entries(protocols))('%s', (_, protocol) => {
  it.each([...seeds(), 4])('is copied whole (%i)', (seed) => {
    const datagrams = { transport: 'udp' } as const;
    const service = learnOne(speak(protocol, 40, seed, datagrams));
    expect(differences(service, speak(protocol, 25, seed + 500, datagrams))).toEqual([]);
  });
});
