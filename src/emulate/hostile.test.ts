/** Clients that mean harm: whatever arrives, in whatever pieces, nothing is thrown and little is kept. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromLatin1 } from '../bytes/bytes.js';
import type { ServiceModel } from '../model/types.js';
import { bounded } from '../../tests/helpers/patience.js';
import { Caller, bytesOf, big, c, learnOne, s, speak, type Protocol } from '../../tests/helpers/sessions.js';

// nothing takes more than a small part of it
bounded(20_000);

const lines: Protocol = (dice) => {
  const [word, number, id] = [dice.text(3, 12), dice.between(10, 9999), dice.text(8, 8, '0123456789abcdef')];
  return [
    s(`<${id}> hello\r\n`),
    c(`IAM ${word}\r\n`),
    s(`welcome ${word}\r\n`),
    ...Array.from({ length: dice.between(1, 4) }, (_, i) => [
      c(`NEXT ${number + i}\r\n`),
      s(`then ${number + i + 1}\r\n`),
    ]).flat(),
    c('WHO\r\n'),
    s(`${word.toUpperCase()} in ${id}\r\n`),
  ];
};
const frames: Protocol = (dice, { client }) => {
  const word = dice.text(2, 30);
  const answer = fromLatin1(`${word} from ${client.address}`);
  return [
    c('\x11', big(word.length, 2), word),
    s('\x91', big(answer.length, 2), answer),
    c('\x12\x00\x00'),
    s('\x92\x00\x00'),
  ];
};
const bare: Protocol = (dice) => {
  const word = dice.text(3, 12);
  return [c(`<<${word}>>`), s(`(${word})`), c(`[stop ${dice.text(2, 6)}; ${dice.text(2, 9)}]`), s('stopped')];
};
const repetitive: Protocol = (dice) => {
  const tail = dice.text(2, 9);
  return [c('\x01', '\x00'.repeat(300), '\x02', tail, '\x00'.repeat(40), 'x'), s('ok', tail)];
};
const datagrams: Protocol = (dice) => {
  const id = dice.bytes(2);
  return [c(id, 'Q', dice.text(2, 12)), s(id, 'A')];
};

const machines: Record<string, ServiceModel> = {};
beforeAll(() => {
  for (const [name, protocol] of Object.entries({ lines, frames, bare, repetitive })) {
    machines[name] = learnOne(speak(protocol, 15, 1));
  }
  machines['datagrams'] = learnOne(speak(datagrams, 15, 1, { transport: 'udp' }));
});
const machine = (name: string): ServiceModel => {
  const found = machines[name];
  if (!found) throw new RangeError(name);
  return found;
};

/** Bytes at random, words of the protocols among them. */
const stream = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .constantFrom(
          'IAM ',
          'NEXT ',
          'WHO',
          '\r\n',
          '<<',
          '>>',
          '[stop ',
          '; ',
          ']',
          '\x11\x00\x02',
          '\x12\x00',
          '99999999999999999999',
          '\x00\x00\x00\x00',
        )
        .map(fromLatin1),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => Array.from(part))));
const pieces = fc.array(
  fc.record({ length: fc.integer({ min: 0, max: 50 }), then: fc.constantFrom('go on', 'silence', 'end') }),
  {
    maxLength: 30,
  },
);

describe.each(['lines', 'frames', 'bare', 'repetitive', 'datagrams'])('a machine of %s', (name) => {
  it('takes anything in any pieces without throwing', () => {
    fc.assert(
      fc.property(stream, pieces, (bytes, cuts) => {
        const caller = new Caller(machine(name));
        let at = 0;
        for (const { length, then } of cuts) {
          caller.send(bytes.subarray(at, at + length));
          at += length;
          if (then === 'silence') caller.silence();
        }
        caller.send(bytes.subarray(at));
        caller.end();
        expect(caller.dialogue.closed).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('gives the same commands for the same bytes', () => {
    fc.assert(
      fc.property(stream, (bytes) => {
        const [one, other] = [1, 2].map(() => {
          const caller = new Caller(machine(name));
          return [caller.send(bytes), caller.silence(), caller.end()];
        });
        expect(one).toEqual(other);
      }),
      { numRuns: 30 },
    );
  });

  const floods: readonly [string, Uint8Array][] = [
    ['a megabyte of one letter', new Uint8Array(1 << 20).fill(0x61)],
    ['a megabyte of zeros', new Uint8Array(1 << 20)],
    ['a megabyte of line ends', new Uint8Array(1 << 18).fill(0x0a)],
    ['a quarter of a megabyte of what requests begin with', bytesOf('<<[stop IAM NEXT \x11'.repeat(1 << 14))],
    ['a quarter of a megabyte of what requests end with', bytesOf('>>]; x'.repeat(1 << 15))],
    ['fifty thousand small requests', bytesOf('<<a>>'.repeat(50_000))],
  ];

  it.each(floods)('is done with %s', (_, bytes) => {
    const caller = new Caller(machine(name));
    caller.send(bytes);
    caller.silence();
    caller.end();
    expect(caller.dialogue.closed).toBe(true);
  });

  it.each([
    ['of one byte', 10_000, 1],
    ['of a hundred', 10_000, 100],
  ])('is done with ten thousand pieces %s', (_, count, length) => {
    const caller = new Caller(machine(name));
    const piece = new Uint8Array(length).fill(0x61);
    for (let i = 0; i < count; i++) caller.send(piece);
    caller.end();
    expect(caller.dialogue.closed).toBe(true);
  });
});

describe('what a dialogue keeps', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const kept = (): number => {
    collect();
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  const MB = 1 << 20;

  it('of many long requests is bounded', () => {
    const caller = new Caller(machine('lines'));
    const before = kept();
    const long = bytesOf(`IAM ${'x'.repeat(MB)}\r\n`);
    for (let i = 0; i < 200; i++) caller.send(long);
    expect(kept() - before).toBeLessThan(128 * MB);
    expect(caller.send('NEXT 41\r\n').text).toBe('then 42\r\n');
  });

  it('of many short requests that came in long pieces is bounded', () => {
    const caller = new Caller(machine('lines'));
    const before = kept();
    for (let i = 0; i < 200; i++) caller.send(bytesOf(`NEXT ${i}\r\n${'y'.repeat(MB)}\r\n`));
    expect(kept() - before).toBeLessThan(128 * MB);
  });

  it('of a request that never ends is bounded', () => {
    const caller = new Caller(machine('lines'));
    const before = kept();
    const piece = new Uint8Array(MB).fill(0x61);
    for (let i = 0; i < 200; i++) caller.send(piece);
    expect(kept() - before).toBeLessThan(128 * MB);
  });

  it('does not lose the beginning of a long session', () => {
    const caller = new Caller(machine('lines'));
    caller.send('IAM walrus\r\n');
    const id = caller.greeting.slice(1, 9);
    for (let i = 0; i < 5000; i++) expect(caller.send(`NEXT ${i + 10}\r\n`).text).toBe(`then ${i + 11}\r\n`);
    expect(caller.send('WHO\r\n').text).toBe(`WALRUS in ${id}\r\n`);
  });
});
