/** Services all of whose messages are a coding of something else: learned by what they mean, answered as they are written. */
import { deflateRawSync, deflateSync, gzipSync, inflateRawSync, inflateSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import type { Transport } from '../../capture/types.js';
import {
  big,
  bytesOf,
  c,
  Caller,
  differences,
  Dice,
  heard,
  learnOne,
  s,
  seeds,
  speak,
  type Words,
} from '../../../tests/helpers/sessions.js';

interface Case {
  readonly kind: string;
  readonly name: string;
  readonly transport?: Transport;
  readonly write: (meant: Uint8Array, dice: Dice, side: 'asked' | 'said') => Uint8Array;
  /** What an answer means. */
  readonly read: (written: Uint8Array) => Uint8Array;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const from = (coding: 'hex' | 'base64', text: string) => new Uint8Array(Buffer.from(text, coding));
const xor = (bytes: Uint8Array, key: Uint8Array) => bytes.map((byte, i) => byte ^ (key[i % key.length] ?? 0));
const long = (bytes: Uint8Array) => concat([big(bytes.length, 2), bytes]);
const chain = (bytes: Uint8Array) => {
  let last = 0;
  return bytes.map((byte) => (last = byte ^ last));
};
const unchain = (bytes: Uint8Array) => bytes.map((byte, i) => byte ^ (i === 0 ? 0 : (bytes[i - 1] ?? 0)));
const KEY = fromLatin1('\x9e\x31\xc7');
/** A key of its own before what it masks. */
const ownMask = (bytes: Uint8Array, dice: Dice) => {
  const key = dice.bytes(4);
  return concat([key, xor(bytes, key)]);
};

const cases: readonly Case[] = [
  {
    kind: 'hex',
    name: 'lines behind a colon',
    write: (meant) => bytesOf(`:${hex(meant).toUpperCase()}\r\n`),
    read: (written) => from('hex', toLatin1(written).slice(1, -2)),
  },
  {
    kind: 'hex',
    name: 'datagrams',
    transport: 'udp',
    write: (meant) => bytesOf(hex(meant)),
    read: (written) => from('hex', toLatin1(written)),
  },
  {
    kind: 'base64',
    name: 'lines',
    write: (meant) => bytesOf(`${base64(meant)}\n`),
    read: (written) => from('base64', toLatin1(written).slice(0, -1)),
  },
  {
    kind: 'mask',
    name: 'of the client behind a length',
    write: (meant, dice, side) => long(side === 'said' ? meant : ownMask(meant, dice)),
    read: (written) => written.subarray(2),
  },
  {
    kind: 'mask',
    name: 'of both sides in datagrams',
    transport: 'udp',
    write: (meant, dice) => ownMask(meant, dice),
    read: (written) => xor(written.subarray(4), written.subarray(0, 4)),
  },
  {
    kind: 'key',
    name: 'of the service behind a length',
    write: (meant) => long(xor(meant, KEY)),
    read: (written) => xor(written.subarray(2), KEY),
  },
  {
    kind: 'chain',
    name: 'behind a length',
    write: (meant) => long(chain(meant)),
    read: (written) => unchain(written.subarray(2)),
  },
  {
    kind: 'deflate',
    name: 'zlib behind a length',
    write: (meant) => long(deflateSync(meant)),
    read: (written) => inflateSync(written.subarray(2)),
  },
  {
    kind: 'deflate',
    name: 'gzip in datagrams',
    transport: 'udp',
    write: (meant) => gzipSync(meant, { level: 9 }),
    read: (written) => gunzipSync(written),
  },
  {
    kind: 'deflate',
    name: 'raw behind a length',
    write: (meant) => long(deflateRawSync(meant)),
    read: (written) => inflateRawSync(written.subarray(2)),
  },
];

/** What is kept under a name is given back. */
const keeper =
  (write: Case['write']) =>
  (dice: Dice): ReturnType<typeof c>[] => {
    const [name, value] = [
      dice.text(3, 9),
      Array.from({ length: dice.between(1, 4) }, () => dice.text(2, 8)).join(' '),
    ];
    const asked = (text: Words) => c(write(bytesOf(text), dice, 'asked'));
    const said = (text: Words) => s(write(bytesOf(text), dice, 'said'));
    return [
      asked(`{"do": "keep", "name": "${name}", "value": "${value}"}`),
      said(`{"done": true, "name": "${name}", "size": ${value.length}}`),
      ...(dice.between(0, 1) === 0
        ? [asked(`{"do": "tell", "name": "${name}"}`), said(`{"done": true, "value": "${value}"}`)]
        : []),
      asked(`{"do": "leave", "reason": "${dice.text(4, 12)}"}`),
      said('{"done": true}'),
    ];
  };

const all = cases.flatMap((one) => seeds(2).map((seed) => ({ ...one, seed })));

describe.each(all)('a service in $kind, $name ($seed)', ({ kind, transport = 'tcp', write, read, seed }) => {
  const service = learnOne(speak(keeper(write), 60, seed, { transport }));

  it('is known for what it is', () => {
    expect(service.framing.coding?.requests?.how.kind).toBe(kind);
  });

  it('answers what was never said, as the server writes', () => {
    const dice = new Dice(seed + 70);
    const caller = new Caller(service);
    const ask = (text: string) => toLatin1(read(bytesOf(caller.say(write(bytesOf(text), dice, 'asked')))));
    expect(ask('{"do": "keep", "name": "zebedee", "value": "one two"}')).toBe(
      '{"done": true, "name": "zebedee", "size": 7}',
    );
    expect(ask('{"do": "tell", "name": "zebedee"}')).toBe('{"done": true, "value": "one two"}');
  });

  it('says nothing else than the server in other sessions', () => {
    const isOwn = kind === 'mask' && transport === 'udp';
    const others = speak(keeper(write), 10, seed + 40, { transport });
    // masks are made up: only those of other sessions are told by what is behind them
    if (!isOwn) expect(differences(service, others)).toEqual([]);
  });

  it('takes what is not written so for an unknown request', () => {
    const caller = new Caller(service);
    const { dialogue } = caller;
    const odd = transport === 'udp' ? bytesOf('\xff~?') : write === cases[0]?.write ? bytesOf(':zz\r\n') : null;
    if (!odd) return;
    const { notes } = heard([...dialogue.receive(odd, caller.now), ...dialogue.silence(caller.now + 900)]);
    expect(notes.map((note) => (note.kind === 'answered' ? note.known : note.kind))).not.toContain('here');
    expect(notes.some((note) => note.kind === 'unknown' || note.kind === 'nearest')).toBe(true);
  });
});

describe('a service that means what it says', () => {
  const plain: readonly { name: string; transport?: Transport; say: (dice: Dice) => string; answer: string }[] = [
    { name: 'words', say: (dice) => `${dice.pick(['PING', 'STAT', 'Quit', 'HELO'])}\n`, answer: 'DONE' },
    { name: 'texts of words', say: (dice) => `${dice.text(4, 4)} ${dice.text(3, 9)}\n`, answer: 'done' },
    { name: 'decimal numbers', say: (dice) => `${dice.between(1000, 9999)}\n`, answer: '1234' },
    { name: 'words of letters', say: (dice) => `${dice.text(8, 8, 'abcdefgiklmnoprstuvyABCDE')}\n`, answer: 'Done' },
    { name: 'random bytes', transport: 'udp', say: (dice) => toLatin1(dice.bytes(8, 30)), answer: '\x01\x02' },
    {
      name: 'numbers of exchanges',
      transport: 'udp',
      say: (dice) => `${toLatin1(dice.bytes(4))}get ${dice.text(3, 9)}`,
      answer: 'ok',
    },
  ];

  it.each(plain)('is no coding: $name', ({ say, answer, transport = 'tcp' }) => {
    const protocol = (dice: Dice) => {
      const asked = say(dice);
      return [c(asked), s(`${answer}${asked}`), c(say(dice)), s(answer)];
    };
    expect(learnOne(speak(protocol, 60, 5, { transport })).framing.coding).toBeUndefined();
  });
});
