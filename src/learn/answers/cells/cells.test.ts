/** Arrays of cells that a request names by index, as a user meets them: protocols of several shapes, read, written, refused. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, toLatin1 } from '../../../bytes/bytes.js';
import { readCells, writeCells } from '../../../model/cells.js';
import { compile } from '../../../emulate/index.js';
import type { CellForm } from '../../../model/types.js';
import {
  Caller,
  Dice,
  big,
  c,
  differences,
  kindsOf,
  learnOne,
  little,
  record,
  rulesOf,
  s,
  speak,
  seeds,
  type Circumstances,
  type Protocol,
  type Spoken,
} from '../../../../tests/helpers/sessions.js';

/** A datagram is a whole request: how requests are told apart is not what is tested here. */
const UDP: Circumstances = { transport: 'udp' };

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Several reads in one session. */
function reads(dice: Dice, read: () => Spoken[]): Spoken[] {
  return upTo(dice.between(1, 3)).flatMap(read);
}

const shapes: Record<string, Protocol> = {
  'a number as text, by a number as text': (dice) =>
    reads(dice, () => {
      const index = dice.between(1, 400);
      return [c(`ENTRY ${index}\r\n`), s(`+VALUE ${4000 + 13 * index} ok\r\n`)];
    }),
  '32-bit cells, least significant byte first': (dice) =>
    reads(dice, () => {
      const [from, count] = [dice.between(0, 900), dice.between(1, 20)];
      const cells = upTo(count).map((i) => little(70_000 + 301 * (from + i), 4));
      return [c('RD', little(from, 2), little(count, 2)), s('OK', ...cells)];
    }),
  'bits from the highest one on, with a period': (dice) =>
    reads(dice, () => {
      const [from, count] = [dice.between(0, 60), dice.between(1, 40)];
      const bits = upTo(count).map((i) => ((from + i) % 5) % 2);
      const bytes = writeCells({ kind: 'bit', first: 'highest' }, bits);
      return [c('\x10\x07', big(from, 2), big(count, 1)), s('\x10', big(Math.ceil(count / 8), 1), bytes ?? '')];
    }),
  'from a first to a last one, each with a mark before its value': (dice) =>
    reads(dice, () => {
      const [from, count] = [dice.between(0, 40), dice.between(1, 12)];
      const range = [big(from, 1), big(from + count - 1, 1)];
      const cells = upTo(count).map((i) => concat([big(1, 1), little(1000 + 37 * (from + i), 4)]));
      return [c('\x1e\x01', ...range), s('\x81\x00\x00', ...range, ...cells)];
    }),
  'from a first to a last one, a byte each': (dice) =>
    reads(dice, () => {
      const [from, count] = [dice.between(0, 90), dice.between(1, 20)];
      const cells = upTo(count).map((i) => big((from + i) % 3 === 1 ? 0x81 : 1, 1));
      return [c('\x01\x02', big(from, 2), big(from + count - 1, 2)), s('\x81', ...cells)];
    }),
  'tables by a byte that chooses them': (dice) =>
    reads(dice, () => {
      const [table, from, count] = [dice.pick([3, 4]), dice.between(0, 300), dice.between(1, 24)];
      const cells = upTo(count).map((i) => big(table === 3 ? 900 + 7 * (from + i) : 60_000 - 3 * (from + i), 2));
      return [c(big(table, 1), big(from, 2), big(count, 2)), s('\x01', big(2 * count, 1), ...cells)];
    }),
};

describe.each(Object.entries(shapes))('cells: %s', (_, protocol) => {
  it.each(seeds())('are given for requests that were never seen (%i)', (seed) => {
    const service = learnOne(speak(protocol, 30, seed, UDP));
    expect(kindsOf(service)).toContain('cells');
    expect(differences(service, speak(protocol, 20, seed + 500, UDP))).toEqual([]);
  });
});

describe('a table without a function', () => {
  const values = new Dice(99);
  const table = upTo(60).map(() => values.between(0, 65_535));
  const protocol: Protocol = (dice) =>
    reads(dice, () => {
      const from = dice.between(0, 50);
      const count = dice.between(1, 10);
      return [c('?', big(from, 2), big(count, 1)), s('=', ...upTo(count).map((i) => big(table[from + i] ?? 0, 2)))];
    });

  it.each(seeds())('is known by heart, whichever part of it is asked for (%i)', (seed) => {
    const service = learnOne(speak(protocol, 40, seed, UDP));
    expect(kindsOf(service)).toContain('cells');
    expect(differences(service, speak(protocol, 20, seed + 500, UDP))).toEqual([]);
  });
});

/** Registers that every client finds empty, and writes to; it reads them in a session of its own. */
function registers(seed: number, count: number) {
  const dice = new Dice(seed);
  const write = (from: number, values: readonly number[]) =>
    c('\x00W', big(from, 2), big(values.length, 1), ...values.map((v) => big(v, 2)));
  const read = (from: number, many: number) => c('\x00R', big(from, 2), big(many, 1));
  const cells = (values: readonly number[]) => s('\x01', big(2 * values.length, 1), ...values.map((v) => big(v, 2)));
  let id = seed * 1000;
  return upTo(count).flatMap((i) => {
    const client = { address: `10.7.${seed}.${i + 1}`, port: 40_000 + i };
    const [from, many] = [i % 3 === 0 ? dice.between(0, 90) : dice.between(100, 9000), dice.between(1, 9)];
    const plain = record(id++, [read(from, many), cells(upTo(many).map((k) => 500 + 2 * (from + k)))], {
      ...UDP,
      client,
    });
    if (i % 3 === 0) return [plain];
    const values = upTo(many).map(() => dice.between(0, 65_535));
    return [
      record(id++, [write(from, values), s('\x02done')], { ...UDP, client }),
      record(id++, [read(from, many), cells(values)], { ...UDP, client }),
    ];
  });
}

describe('cells that a client writes', () => {
  const hex = (text: string) => Buffer.from(text, 'latin1').toString('hex');

  it.each(seeds())('are read again in later sessions of the same source, and of no other one (%i)', (seed) => {
    const compiled = compile(learnOne(registers(seed, 60)));
    const mine = { client: { address: '10.99.3.1', port: 50_000 } };
    const other = { client: { address: '10.99.3.2', port: 50_000 } };
    const writer = new Caller(compiled, mine);
    const said = concat([Buffer.from('\0W'), big(700, 2), big(3, 1), big(7, 2), big(8, 2), big(9, 2)]);
    expect(writer.say(said)).toBe('\x02done');
    const question = concat([Buffer.from('\0R'), big(701, 2), big(2, 1)]);
    const heard = (caller: Caller) => hex(caller.say(question));
    expect(heard(writer)).toBe('010400080009');
    expect(heard(new Caller(compiled, mine))).toBe('010400080009');
    expect(heard(new Caller(compiled, other))).not.toBe('010400080009');
  });
});

describe('cells beyond the end of the array', () => {
  const protocol: Protocol = (dice) =>
    reads(dice, () => {
      const far = dice.between(0, 4) === 0;
      const [from, count] = [far ? dice.between(2000, 60_000) : dice.between(0, 280), dice.between(1, 20)];
      const cells = upTo(count).map((i) => big(30 + 9 * (from + i), 2));
      return [c('\x03', big(from, 2), big(count, 2)), far ? s('\x83\x02') : s('\x03', big(2 * count, 1), ...cells)];
    });

  it.each(seeds())('are refused as they were (%i)', (seed) => {
    const service = learnOne(speak(protocol, 40, seed, UDP));
    const caller = new Caller(service);
    for (const from of [61_000, 65_000, 30_000])
      expect(caller.say(concat([big(3, 1), big(from, 2), big(2, 2)]))).toBe('\x83\x02');
    expect(caller.say(concat([big(3, 1), big(150, 2), big(1, 2)]))).toBe(
      toLatin1(concat([big(3, 1), big(2, 1), big(1380, 2)])),
    );
  });
});

describe('answers that no index explains', () => {
  const none: Record<string, Protocol> = {
    'random bytes, as many as were asked for': (dice) =>
      reads(dice, () => {
        const count = dice.between(1, 12);
        return [c('G', big(dice.between(0, 500), 2), big(count, 1)), s('=', dice.bytes(2 * count))];
      }),
    'random bytes, padded to one length': (dice) =>
      reads(dice, () => {
        const value = dice.bytes(dice.between(9, 13));
        return [c('G', dice.bytes(3)), s('=', value, new Uint8Array(40 - value.length))];
      }),
    'random numbers as text': (dice) =>
      reads(dice, () => [c(`ENTRY ${dice.between(1, 500)}\r\n`), s(`+VALUE ${dice.between(1000, 9999)} ok\r\n`)]),
  };

  it.each(Object.entries(none).flatMap(([name, protocol]) => seeds().map((seed) => ({ name, seed, protocol }))))(
    '$name ($seed)',
    ({ seed, protocol }) => {
      expect(kindsOf(learnOne(speak(protocol, 30, seed)))).not.toContain('cells');
    },
  );
});

describe('cells as bytes', () => {
  const forms: CellForm[] = [
    { kind: 'bit', first: 'lowest' },
    { kind: 'bit', first: 'highest' },
    { kind: 'binary', width: 1, order: 'big' },
    { kind: 'binary', width: 2, order: 'little' },
    { kind: 'binary', width: 4, order: 'big' },
  ];

  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.constantFrom(...forms), fc.array(fc.nat(255), { maxLength: 70 }), (form, numbers) => {
        const values = form.kind === 'bit' ? numbers.map((n) => n & 1) : numbers;
        const bytes = writeCells(form, values);
        expect(bytes && readCells(form, bytes, 0, values.length)).toEqual(values);
      }),
    );
  });

  it('are a bounded number: who asks for a billion gets an example', () => {
    const wide: Protocol = (dice) => {
      const [from, count] = [dice.between(0, 900), dice.between(1, 20)];
      return [
        c('RD', little(from, 4), little(count, 4)),
        s('OK', ...upTo(count).map((i) => little(70_000 + 301 * (from + i), 4))),
      ];
    };
    const service = learnOne(speak(wide, 30, 1, UDP));
    expect(rulesOf(service).some((rule) => rule.kind === 'cells')).toBe(true);
    const answer = new Caller(service).say(concat([Buffer.from('RD'), little(1, 4), little(0x0fffffff, 4)]));
    expect(answer.length).toBeLessThan(1000);
  });
});

/** A poller's requests: a number of its own, one of a few units, one of several tables, or cells beyond their ends. */
function poll(dice: Dice, number: number): Spoken[] {
  const head = [big(number, 2), '\0\0\x01\x06', big(dice.pick([13, 24, 82, 89, 155]), 1)];
  const table = dice.pick([1, 3, 4]);
  const far = dice.between(0, 5) === 0;
  const [from, count] = [far ? dice.between(2000, 60_000) : dice.between(0, 300), dice.between(1, 24)];
  const cell = (i: number) => (table === 1 ? 500 + 3 * i : table === 3 ? 900 + 7 * i : 60_000 - 5 * i);
  const cells = upTo(count).map((i) => big(cell(from + i), 2));
  const answer = far ? [big(table + 128, 1), '\x02'] : [big(table, 1), big(2 * count, 1), ...cells];
  return [c(...head, big(table, 1), big(from, 2), big(count, 2)), s(...head, ...answer)];
}

describe('cells that one long connection reads', () => {
  it.each(seeds())('are mostly given for further ones (%i)', (seed) => {
    const dice = new Dice(seed);
    const service = learnOne([
      record(
        1,
        upTo(400).flatMap((i) => poll(dice, i)),
        UDP,
      ),
    ]);
    const further = upTo(60).map((i) => record(i + 2, poll(dice, 1000 + i), UDP));
    expect(differences(service, further).length).toBeLessThan(10);
  });
});
