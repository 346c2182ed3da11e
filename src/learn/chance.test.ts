/** What nobody can foresee: values that the server makes up, and data in which there is no rule to find. */
import { describe, expect, it } from 'vitest';
import { compile } from '../emulate/index.js';
import type { Session } from '../capture/types.js';
import type { Rule, ServiceModel } from '../model/types.js';
import { findNumber } from './answers/number.js';
import type { Line } from './answers/sample.js';
import {
  Caller,
  Dice,
  SERVER,
  big,
  bytesOf,
  c,
  kindsOf,
  learnOne,
  record,
  s,
  speak,
  seeds,
  type Protocol,
} from '../../tests/helpers/sessions.js';

const alphabets = {
  'hexadecimal digits': '0123456789abcdef',
  digits: '0123456789',
  'small letters': 'abcdefghijklmnopqrstuvwxyz',
  'capitals and digits': 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
} as const;

describe.each(Object.entries(alphabets))('an identifier of %s that the server makes up', (_, alphabet) => {
  const protocol: Protocol = (dice) => {
    const id = dice.text(12, 12, alphabet);
    return [
      s('ready\r\n'),
      c('BEGIN\r\n'),
      s(`session ${id} is yours\r\n`),
      c(`WORK ${dice.text(3, 9)}\r\n`),
      s('done\r\n'),
      c('END\r\n'),
      s(`end of ${id}.\r\n`),
    ];
  };
  const idOf = (answer: string) => /^session (.*) is yours\r\n$/.exec(answer)?.[1] ?? '';

  it.each(seeds())(
    'is of the same length and alphabet, another one in each session, and recurs where it did (%i)',
    (seed) => {
      const compiled = compile(learnOne(speak(protocol, 20, seed)));
      const ids = Array.from({ length: 8 }, (_, i) => {
        const caller = new Caller(compiled, { seed: 100 + i });
        expect(caller.greeting).toBe('ready\r\n');
        const id = idOf(caller.say('BEGIN\r\n'));
        expect(id).toHaveLength(12);
        expect(Array.from(id).every((character) => alphabet.includes(character))).toBe(true);
        expect(caller.say('WORK fine\r\n')).toBe('done\r\n');
        expect(caller.say('END\r\n')).toBe(`end of ${id}.\r\n`);
        return id;
      });
      expect(new Set(ids).size).toBe(ids.length);
    },
  );
});

describe('an identifier that the server makes up in its greeting', () => {
  const protocol: Protocol = (dice) => {
    const id = dice.text(8, 8, '0123456789ABCDEF');
    return [s(`<${id}> ready\r\n`), c('WHERE\r\n'), s('here\r\n'), c('WHICH\r\n'), s(`the one of ${id}\r\n`)];
  };

  it.each(seeds())('recurs later in the session (%i)', (seed) => {
    const compiled = compile(learnOne(speak(protocol, 15, seed)));
    const greetings = [1, 2, 3].map((other) => {
      const caller = new Caller(compiled, { seed: other });
      const id = /^<([0-9A-F]{8})> ready\r\n$/.exec(caller.greeting)?.[1];
      expect(id).toBeDefined();
      expect(caller.say('WHICH\r\n')).toBe(`the one of ${id ?? ''}\r\n`);
      return caller.greeting;
    });
    expect(new Set(greetings).size).toBe(3);
  });
});

describe('a binary token that the server makes up', () => {
  const protocol: Protocol = (dice) => {
    const token = dice.bytes(8);
    return [c('\x01\x00\x02', dice.bytes(2)), s('\x81\x00\x08', token), c('\x02\x00\x00'), s('\x82\x00\x08', token)];
  };

  it.each(seeds())('recurs later in the session (%i)', (seed) => {
    const compiled = compile(learnOne(speak(protocol, 20, seed)));
    const tokens = [1, 2, 3].map((other) => {
      const caller = new Caller(compiled, { seed: other });
      const first = caller.say('\x01\x00\x02\xaa\xbb');
      expect(first).toHaveLength(11);
      expect(caller.say('\x02\x00\x00')).toBe(`\x82${first.slice(1)}`);
      return first;
    });
    expect(new Set(tokens).size).toBe(3);
  });
});

describe('where there is no rule', () => {
  /** Rules that tell where bytes come from. */
  const sure: readonly Rule['kind'][] = ['copy', 'number', 'length', 'clock', 'ticks'];
  const found = (service: ServiceModel) => sure.filter((kind) => kindsOf(service).has(kind));
  const none: Readonly<Record<string, Protocol>> = {
    'unrelated decimal numbers are no counter': (dice) => [
      c(`NEXT ${dice.between(100, 99_999)}\r\n`),
      s(`then ${dice.between(100, 99_999)}\r\n`),
    ],
    'unrelated small numbers are no counter': (dice) => [
      c(`NEXT ${dice.between(1, 20)}\r\n`),
      s(`then ${dice.between(1, 20)} more\r\n`),
    ],
    'unrelated binary numbers are no counter': (dice) => [
      c('\x41\x01', dice.bytes(4), '\x00'),
      s('\x42\x02', dice.bytes(4), 'OK'),
    ],
    'unrelated words are no copy': (dice) => [
      c(`TELL ${dice.text(3, 12)}\r\n`),
      s(`heard of ${dice.text(3, 12)} before\r\n`),
    ],
    'a number is no length of a text of random length': (dice) => [
      c('SIZE\r\n'),
      s(`${dice.between(10, 99)} ${dice.text(1, 60)}\r\n`),
    ],
    'a byte is no length of bytes of random length': (dice) => [
      c('\x01\x02'),
      s('\x07', big(dice.between(1, 255), 1), dice.bytes(4, 40)),
    ],
    'times of other days are no clock': (dice) => [
      c('BORN\r\n'),
      s(
        `${dice.between(1950, 2020)}-0${dice.between(1, 9)}-1${dice.between(0, 9)} 1${dice.between(0, 9)}:2${dice.between(0, 9)}:3${dice.between(0, 9)}\r\n`,
      ),
    ],
    'numbers that grow by any steps are no count of the time': (dice, { start }) => [
      c('\x01\x01'),
      s('\x02\x00', big(Math.floor(start - 1_699_000_000) + dice.between(0, 30_000), 4), '.'),
    ],
    'random epochs are no clock': (dice) => [
      c('\x01\x01'),
      s('\x02\x00', big(dice.between(1_000_000_000, 1_900_000_000), 4), '.'),
    ],
  };

  it.each(Object.entries(none).flatMap(([name, protocol]) => seeds().map((seed) => ({ name, seed, protocol }))))(
    '$name ($seed)',
    ({ seed, protocol }) => {
      expect(found(learnOne(speak(protocol, 25, seed)))).toEqual([]);
    },
  );

  it('an answer that is always the same is a literal, whatever was asked', () => {
    const protocol: Protocol = (dice) => [c(`SAY ${dice.text(3, 9)}\r\n`), s('1 of 10\r\n')];
    expect(kindsOf(learnOne(speak(protocol, 20, 1)))).toEqual(new Set());
  });
});

describe('families of rules', () => {
  const mixed = Array.from({ length: 14 }, (_, i) => {
    const dice = new Dice(40 + i);
    const [name, number] = [dice.text(4, 9), dice.between(100, 9999)];
    const body = `${name} ${dice.text(8, 8)}`;
    return record(i, [c(`TELL ${name} ${number}\r\n`), s(`${body.length}:${body}, ${number + 1} is next\r\n`)]);
  });

  it.each(['copy', 'number', 'length', 'made up'])('are left out one by one: %s', (kind) => {
    expect(kindsOf(learnOne(mixed))).toContain(kind);
    expect(kindsOf(learnOne(mixed, { without: kind.replace(' ', '-') }))).not.toContain(kind);
  });

  it('are refused by a name that is none', () => {
    expect(() => learnOne(mixed, { without: 'copies' })).toThrow('copies is no family of rules');
  });

  const told = (count: number): Session[] => {
    const dice = new Dice(4);
    return Array.from({ length: count }, (_, i) => {
      const [name, number] = [dice.text(4, 9), dice.between(100, 9999)];
      return record(i, [c(`TELL ${name} ${number}\r\n`), s(`${name} heard, ${number + 1} is next\r\n`)]);
    });
  };

  it('are left out when they are switched off', () => {
    expect(kindsOf(learnOne(told(12), { links: 'all' }))).toEqual(new Set(['copy', 'number']));
    const copies = kindsOf(learnOne(told(12), { links: 'copy' }));
    expect(copies).toContain('copy');
    expect(copies).not.toContain('number');
    expect(kindsOf(learnOne(told(12), { links: 'none' }))).toEqual(new Set());
  });
});

describe('digits with zeros before them', () => {
  it('are no number that is written without', () => {
    const lines = [
      ['9 more', '0008 left'],
      ['1 more', '000d left'],
      ['7 more', '0006 left'],
    ].map(([asked = '', answered = '']): Line => {
      const request = bytesOf(asked);
      const said = [{ request, class: 0, group: 0, edges: null, answer: bytesOf(''), state: 0, time: 0 }];
      const context = { said, at: 0, environment: { client: SERVER, server: SERVER }, now: 0 };
      return { context, use: { own: false, groups: new Set() }, bytes: bytesOf(answered) };
    });
    expect(findNumber(lines, new Int32Array(3).fill(3), 3)).toBe(null);
  });
});

describe('an answer with many numbers that nobody can foresee', () => {
  it.each(seeds())('has all its lines, each once and in their order (%i)', (seed) => {
    const names = ['user', 'system', 'connections', 'total', 'rejected', 'structures', 'pool', 'threads', 'yields'];
    const protocol: Protocol = (dice) => {
      const used = (name: string) =>
        `STAT ${name}_used 0.${dice.between(0, 1) === 0 ? '000000' : dice.text(6, 6, '0123456789')}`;
      const count = (name: string) => `STAT ${name} ${dice.between(0, 2) === 0 ? 0 : dice.between(0, 40_000)}`;
      const lines = names.flatMap((name) => [used(name), count(name), `STAT ${name}_failed 0`]);
      return [c('STATS\r\n'), s(`${lines.join('\r\n')}\r\nEND\r\n`), c('QUIT\r\n')];
    };
    const said = new Caller(learnOne(speak(protocol, 12, seed))).say('STATS\r\n').split('\r\n');
    expect(said.map((line) => line.replace(/ [0-9.]+$/, ''))).toEqual([
      ...names.flatMap((name) => [`STAT ${name}_used`, `STAT ${name}`, `STAT ${name}_failed`]),
      'END',
      '',
    ]);
  });
});
