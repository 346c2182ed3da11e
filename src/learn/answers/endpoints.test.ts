/** The client's own address and port in binary answers, plain and under masks. */
import { describe, expect, it } from 'vitest';
import { concat } from '../../bytes/bytes.js';
import { binaryAddress, binaryPort } from '../../model/binary-ends.js';
import {
  big,
  c,
  Dice,
  differences,
  kindsOf,
  learnOne,
  record,
  s,
  seeds,
  speak,
  type Protocol,
} from '../../../tests/helpers/sessions.js';

const xor = (bytes: Uint8Array, by: Uint8Array) => bytes.map((byte, i) => byte ^ (by[i] ?? 0));
const SIGN = Uint8Array.of(0x21, 0x12, 0xa4, 0x42);

const protocols: Readonly<Record<string, Protocol>> = {
  'port, big end first': (dice, { client }) => [
    c('\x01WHO\x00', dice.bytes(4)),
    s('\x02\x00\x07', binaryPort(client.port, 'big'), '\x00\x01'),
  ],
  'port and address, little end first': (_, { client }) => [
    c('\x01WHO\x00'),
    s('\x02\x00\x07', binaryAddress(client.address, 'little'), binaryPort(client.port, 'little'), '\x00\x01'),
  ],
  'port and address under bytes that the answer holds': (dice, { client }) => {
    const number = dice.bytes(8);
    return [
      c('\x01\x05', number),
      s(
        '\x02\x05',
        SIGN,
        number,
        '\x00\x20',
        xor(binaryPort(client.port, 'big'), SIGN),
        '\x01',
        xor(binaryAddress(client.address, 'big'), SIGN),
      ),
    ];
  },
  'port under a constant that stands nowhere': (_, { client }) => [
    c('\x01WHO\x00'),
    s('\x02\x00\x07', xor(binaryPort(client.port, 'big'), Uint8Array.of(0x77, 0x31)), '\x00'),
  ],
  'port under bytes of the request': (dice, { client }) => {
    const key = dice.bytes(6);
    return [c('\x01WHO\x00', key), s('\x02\x00', xor(binaryPort(client.port, 'big'), key.subarray(2)), '\x00')];
  },
  'part of the request under other bytes of it': (dice) => {
    const [key, value] = [dice.bytes(4), dice.bytes(4)];
    return [c('\x01\x02MASK THIS', key, value, '\x00'), s('\x02\x00', xor(value, key), '\x00')];
  },
  'part of the request under a constant': (dice) => {
    const value = dice.bytes(4);
    return [c('\x01\x02MASK THIS', value, '\x00'), s('\x02\x00', xor(value, SIGN), '\x00')];
  },
};

describe.each(Object.entries(protocols))('%s', (_, protocol) => {
  it.each(seeds())('is learned (%i)', (seed) => {
    const datagrams = { transport: 'udp' } as const;
    const service = learnOne(speak(protocol, 16, seed, datagrams));
    expect(differences(service, speak(protocol, 12, seed + 500, datagrams))).toEqual([]);
  });
});

describe('the address of the only client of a capture', () => {
  const said = (id: number, address: string, mask: Uint8Array) => {
    const client = { address, port: 40_000 + ((id * 7919) % 20_000) };
    const ends = [xor(binaryPort(client.port, 'big'), mask), xor(binaryAddress(address, 'big'), mask)];
    return record(id, [c('\x01WHO', SIGN), s('\x02\x07', concat(ends), '\x00\x01')], { client });
  };

  it.each([
    ['plain', new Uint8Array(4)],
    ['masked', SIGN],
  ])('is the address of the next one where it stands behind the port (%s)', (_, mask) => {
    const service = learnOne(Array.from({ length: 10 }, (_, id) => said(id, '10.1.2.3', mask)));
    expect(differences(service, [said(50, '172.20.9.33', mask)])).toEqual([]);
  });
});

it.each(seeds())('are told to the next client, where only two were told of them among other things (%i)', (seed) => {
  const dice = new Dice(seed);
  const said = (id: number, address: string) => {
    const client = { address, port: dice.between(20_000, 60_000) };
    const ends = [binaryAddress(address, 'big'), binaryPort(client.port, 'big')];
    return record(id, [c('\x01WHO\x00'), s('\x02ip6:', concat(ends), '1:x')], { client });
  };
  const service = learnOne([said(1, '10.9.0.4'), said(2, '10.9.0.31')]);
  expect(differences(service, [said(3, '10.9.80.7')])).toEqual([]);
});

it('takes no counter for the last byte of an address', () => {
  const sessions = Array.from({ length: 20 }, (_, id) =>
    record(id, [c('\x01WHO\x00'), s('\x02\x07\x66\x55\x44', big(id + 1, 1), '\x00')], {
      client: { address: `10.9.0.${id + 1}`, port: 40_000 + ((id * 7919) % 20_000) },
    }),
  );
  expect(kindsOf(learnOne(sessions)).has('masked')).toBe(false);
});

describe('clients that come one after the other, each from the next address', () => {
  const from = (n: number, network: string, said: (n: number, address: string) => string) => {
    const client = { address: `${network}.${n}`, port: 40_000 + n };
    return record(n, [c('HELLO\r\n'), s(said(n, client.address))], { client });
  };
  const told = (said: (n: number, address: string) => string) => {
    const service = learnOne(Array.from({ length: 30 }, (_, i) => from(i + 2, '10.9.0', said)));
    return (n: number) => {
      const played = differences(service, [from(n, '10.77.200', said)]);
      return { played, rules: kindsOf(service) };
    };
  };

  it('are not told a part of their address by a server that counts them', () => {
    const { played, rules } = told((n) => `you are number ${n} here\r\n`)(5);
    expect(JSON.stringify(rules)).not.toContain('copy');
    expect(JSON.stringify(played)).not.toContain('number .');
  });

  it('are told their whole address by a server that tells it', () => {
    expect(told((_, address) => `you are ${address} here\r\n`)(5).played).toEqual([]);
  });
});
