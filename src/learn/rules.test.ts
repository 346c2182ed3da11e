/**
 * Every kind of rule, as a user meets it: sessions of an invented protocol are learned, and sessions
 * with values that were never seen get the answers that the protocol's server would have given.
 */
import { describe, expect, it } from 'vitest';
import { EMPTY, concat, fromLatin1 } from '../bytes/bytes.js';
import { COUNT_FORMATS, TEXT_FORMATS, findTimes, readCount, writeTime, type ClockFormat } from '../model/clock.js';
import { readNumberAt, writeNumber } from '../model/number.js';
import type { NumberCodec, Rule } from '../model/types.js';
import {
  Caller,
  Dice,
  big,
  c,
  differences,
  kindsOf,
  learnOne,
  little,
  rulesOf,
  s,
  speak,
  seeds,
  type Circumstances,
  type Protocol,
  type Spoken,
  record,
} from '../../tests/helpers/sessions.js';

/** Small talk that has nothing to do with the rule. */
function noise(dice: Dice): Spoken[] {
  return dice.pick<() => Spoken[]>([
    () => [],
    () => [c('PING\r\n'), s('PONG\r\n')],
    () => [c(`WEATHER ${dice.text(3, 9)}\r\n`), s('sunny, as ever\r\n')],
  ])();
}

/** The exchange between small talk. */
function amid(exchange: (dice: Dice) => readonly Spoken[]): Protocol {
  return (dice) => [...noise(dice), ...exchange(dice), ...noise(dice)];
}

/** A number whose last byte can be counted up alone. */
function withoutCarry(number: number): number {
  return number % 256 === 255 ? number - 1 : number;
}

interface Case {
  readonly rule: string;
  readonly kind: Rule['kind'] | null;
  readonly protocol: Protocol;
  readonly circumstances?: Circumstances;
  readonly learned?: number;
}

const cases: readonly Case[] = [
  {
    rule: 'a word of the request',
    kind: 'copy',
    protocol: amid((dice) => {
      const name = dice.text(3, 12);
      return [c(`TELL ${name} NOW\r\n`), s(`ok, ${name} was told\r\n`)];
    }),
  },
  {
    rule: 'two words of the request, the other way round',
    kind: 'copy',
    protocol: amid((dice) => {
      const [from, to] = [dice.text(3, 12), dice.text(3, 12)];
      return [c(`MOVE ${from} TO ${to}\r\n`), s(`${to} comes after ${from}\r\n`)];
    }),
  },
  {
    rule: 'a word of the request in capitals',
    kind: 'copy',
    protocol: amid((dice) => {
      const name = dice.text(3, 12);
      return [c(`TELL ${name} NOW\r\n`), s(`HEARD ${name.toUpperCase()}!\r\n`)];
    }),
  },
  {
    rule: 'bytes of a binary request',
    kind: 'copy',
    protocol: (dice) => {
      const key = dice.bytes(4);
      return [c('\x05\x01', key, dice.bytes(2)), s('\x05\x81', key, '\x00\x00')];
    },
  },
  {
    rule: 'the identifier of a datagram',
    kind: 'copy',
    circumstances: { transport: 'udp' },
    protocol: (dice) => {
      const [id, name] = [dice.bytes(2), dice.text(2, 20)];
      return [c(id, '\x01\x00', name, '\x00'), s(id, '\x81\x00', name, '\x00\x07')];
    },
  },
  {
    rule: 'a word of an earlier request',
    kind: 'copy',
    protocol: (dice) => {
      const name = dice.text(3, 12);
      return [
        c(`IAM ${name}\r\n`),
        s('welcome\r\n'),
        ...noise(dice),
        ...noise(dice),
        c('WHO\r\n'),
        s(`you are ${name}.\r\n`),
      ];
    },
  },
  {
    rule: 'a number in seven bits a byte of an earlier request',
    kind: 'copy',
    protocol: (dice) => {
      const number = writeNumber({ kind: 'varint' }, dice.between(300, 2 ** dice.between(14, 32))) ?? EMPTY;
      const put = c('\x0a\x03put\x10', number, '\x1a', big(dice.between(1, 9), 1), dice.bytes(3));
      return [put, s('\x08\x01'), c('\x0a\x03get'), s('\x10', number, '\x18\x07')];
    },
  },
  {
    rule: "the client's address",
    kind: 'copy',
    protocol: (dice, { client }) => [...noise(dice), c('ADDR\r\n'), s(`seen from ${client.address} here\r\n`)],
  },
  {
    rule: "the client's address and port in the greeting",
    kind: 'copy',
    protocol: (dice, { client }) => [s(`hello [${client.address}] on ${client.port}\r\n`), ...noise(dice)],
  },
  ...[1, 7, -3].map((step) => ({
    rule: `a decimal number and ${step}`,
    kind: 'number' as const,
    protocol: amid((dice) => {
      const number = dice.between(10, 60_000);
      return [c(`NEXT ${number} PLEASE\r\n`), s(`then ${number + step}\r\n`)];
    }),
  })),
  ...[2, 4].flatMap((width) =>
    (['big', 'little'] as const).map((order) => ({
      rule: `a binary number of ${width} bytes, ${order} end first, and one`,
      kind: 'number' as const,
      protocol: (dice: Dice) => {
        const write = order === 'big' ? big : little;
        const number = withoutCarry(dice.between(1, 256 ** width - 3));
        return [c('\x41\x01', write(number, width), dice.bytes(2)), s('\x42\x02', write(number + 1, width), 'OK')];
      },
    })),
  ),
  {
    rule: 'a decimal length of what follows',
    kind: 'length',
    protocol: amid((dice) => {
      const name = dice.text(2, 30);
      const body = `<item>${name}</item>\n`;
      return [c(`GET ${name}\r\n`), s(`size=${body.length}\n\n${body}`)];
    }),
  },
  ...[1, 2, 4].map((width) => ({
    rule: `a length of what follows in ${width} bytes`,
    kind: 'length' as const,
    protocol: (dice: Dice) => {
      const name = dice.text(2, 30);
      const body = fromLatin1(`hi ${name}`);
      return [c('\x31', big(name.length, 1), name), s('\x32', big(body.length, width), body)];
    },
  })),
  ...(['ber', 'varint'] as const).map((kind) => ({
    rule: `a ${kind} length of what follows, of one byte and of more`,
    kind: 'length' as const,
    learned: 30,
    protocol: (dice: Dice) => {
      const name = dice.text(2, dice.pick([20, 300]));
      const body = fromLatin1(`\x04hi ${name}`);
      return [c('\x31', big(name.length, 2), name), s('\x30', writeNumber({ kind }, body.length) ?? '', body)];
    },
  })),
  {
    rule: 'an answer chosen by a keyword',
    kind: null,
    learned: 30,
    protocol: amid((dice) => {
      const [word, value] = dice.pick([
        ['RED', 'stop at once'],
        ['GREEN', 'go on'],
        ['BLUE', 'call the watch, and wait for it'],
      ] as const);
      return [c(`LAMP ${word} ${dice.text(3, 9)}\r\n`), s(`${value}\r\n`)];
    }),
  },
  {
    rule: 'a login with free text in each step',
    kind: null,
    learned: 30,
    protocol: (dice) => {
      const commands = Array.from({ length: dice.between(1, 3) }, () =>
        dice.pick([
          ['where', '/home'],
          ['date', 'today'],
          ['list', 'a  b  c'],
        ] as const),
      );
      const talk = [
        s('name? '),
        c(`${dice.text(3, 10)}\n`),
        s('secret? '),
        c(`${dice.text(3, 10, 'abcdefghijkmnop0123456789')}\n`),
        s('in.\n$ '),
        ...commands.flatMap(([command, output]) => [c(`${command}\n`), s(`${output}\n$ `)]),
        c('leave\n'),
        s('out.\n'),
      ];
      return { spoken: talk, close: { by: 'server', how: 'fin' } };
    },
  },
];

describe.each(cases)('$rule', ({ kind, protocol, circumstances = {}, learned = 20 }) => {
  it.each(seeds())('is learned and holds for values that were never seen (%i)', (seed) => {
    const service = learnOne(speak(protocol, learned, seed, circumstances));
    expect(differences(service, speak(protocol, 30, seed + 500, circumstances)).slice(0, 3)).toEqual([]);
    if (kind) expect(kindsOf(service)).toContain(kind);
  });
});

describe.each([
  ['big', big],
  ['little', little],
] as const)('a binary counter, %s end first', (_, write) => {
  const counter =
    (draw: (dice: Dice) => number): Protocol =>
    (dice) => {
      const number = draw(dice);
      return [c('\x41\x01', write(number, 2), dice.bytes(2)), s('\x42\x02', write(number + 1, 2), 'OK')];
    };

  it.each(seeds())('carries where carries were seen (%i)', (seed) => {
    const service = learnOne(
      speak(
        counter((dice) => 256 * dice.between(1, 250) + dice.pick([255, dice.between(1, 254)])),
        24,
        seed,
      ),
    );
    expect(
      differences(
        service,
        speak(
          counter(() => 0x27ff),
          1,
          seed + 500,
        ),
      ),
    ).toEqual([]);
  });

  it.each(seeds())('carries where no carry was seen (%i)', (seed) => {
    const service = learnOne(
      speak(
        counter((dice) => withoutCarry(dice.between(1, 60_000))),
        24,
        seed,
      ),
    );
    expect(
      differences(
        service,
        speak(
          counter(() => 0x27ff),
          1,
          seed + 500,
        ),
      ),
    ).toEqual([]);
  });
});

const formats: readonly ClockFormat[] = [
  'E, dd N yyyy HH:mm:ss',
  'yyyy-MM-ddTHH:mm:ss.SSS',
  'N _d HH:mm:ss',
  'HH:mm:ss',
  'epoch s text',
  'epoch ms text',
  'epoch be32',
  'epoch le32',
  'ntp be64',
  'filetime le64',
  'filetime be64',
  'epoch ms be64',
  'W, dd-N-yy HH:mm:ss',
  'yyyyMMddTHHmmss',
  'epoch us le64',
  'epoch ms le48',
  'ntp be32',
  'epoch s varint',
  'epoch ms varint',
];

/** What the server says at a time, 20 ms after the message before it. */
function telling(say: (now: number) => Uint8Array): Protocol {
  return (dice, { start }) => {
    const talk = [...noise(dice), c('TIME\r\n')];
    return [...talk, s('it is ', say((start + 0.02 * (talk.length + 1)) * 1000), ' now\r\n')];
  };
}

/** The time in an answer, which has to be of that format. */
function told(format: ClockFormat, answer: string): number {
  const bytes = fromLatin1(answer);
  const text = TEXT_FORMATS.find((name) => name === format);
  const count = COUNT_FORMATS.find((name) => name === format);
  const seen = text ? findTimes(text, answer, TODAY)[0] : count && readCount(count, bytes, 'it is '.length);
  expect(answer.slice(seen?.to)).toBe(' now\r\n');
  return seen?.time ?? NaN;
}

const TODAY = new Caller(
  learnOne(
    speak(
      telling(() => fromLatin1('noon')),
      2,
      1,
    ),
  ),
).now;

describe.each(formats)("the server's clock as %s", (format) => {
  it.each(seeds())('is told as it is at another time (%i)', (seed) => {
    const service = learnOne(
      speak(
        telling((now) => writeTime(format, now)),
        16,
        seed,
      ),
    );
    expect(kindsOf(service)).toEqual(new Set(['clock']));
    const caller = new Caller(service);
    expect(Math.abs(told(format, caller.say('TIME\r\n')) - caller.now)).toBeLessThanOrEqual(1000);
  });

  it.each(seeds())('is as wrong as it was (%i)', (seed) => {
    const wrong = 1000 * new Dice(seed).between(-4000, -30);
    const service = learnOne(
      speak(
        telling((now) => writeTime(format, now + wrong)),
        16,
        seed,
      ),
    );
    const caller = new Caller(service);
    expect(Math.abs(told(format, caller.say('TIME\r\n')) - caller.now - wrong)).toBeLessThanOrEqual(1500);
  });
});

describe('two clocks of one answer', () => {
  const stamp = (now: number) => writeTime('filetime le64', now);
  const twice = (apart: number) =>
    speak(
      telling((now) => concat([stamp(now), fromLatin1(' and '), stamp(now + apart)])),
      16,
      1,
    );
  const given = (apart: number) => {
    const answer = new Caller(learnOne(twice(apart))).say('TIME\r\n');
    return [answer.slice(6, 14), answer.slice(19, 27)];
  };

  it('tell the same moment where they always did', () => {
    const [one, other] = given(0);
    expect(other).toBe(one);
  });

  it('tell two moments where they never told one', () => {
    const [one, other] = given(0.25);
    expect(other).not.toBe(one);
  });
});

const paces: readonly { rate: number; codec: NumberCodec }[] = [
  { rate: 1, codec: { kind: 'decimal', pad: 0 } },
  { rate: 100, codec: { kind: 'binary', width: 4, order: 'big' } },
  { rate: 100, codec: { kind: 'binary', width: 3, order: 'big' } },
  { rate: 1000, codec: { kind: 'binary', width: 4, order: 'little' } },
  { rate: 1000, codec: { kind: 'decimal', pad: 0 } },
  { rate: 8000, codec: { kind: 'binary', width: 4, order: 'big' } },
  { rate: 1, codec: { kind: 'binary', width: 2, order: 'big' } },
];

describe.each(paces)('a count of $rate a second since the server began, written as $codec', ({ rate, codec }) => {
  it.each(seeds())('runs on (%i)', (seed) => {
    const born = 1_699_000_000_000 + new Dice(seed).between(0, 1e9);
    const turn = codec.kind === 'binary' ? 256 ** codec.width : Infinity;
    const count = (now: number) => Math.floor(((now - born) * rate) / 1000) % turn;
    const up = telling((now) => writeNumber(codec, count(now)) ?? new Uint8Array());
    const service = learnOne(speak(up, 16, seed));
    expect(kindsOf(service)).toEqual(new Set(['ticks']));
    const caller = new Caller(service);
    const answer = fromLatin1(caller.say('TIME\r\n'));
    const value = readNumberAt(codec, answer, 'it is '.length)?.value ?? NaN;
    expect(Math.abs(value - count(caller.now))).toBeLessThanOrEqual(1 + rate / 2);
  });
});

describe('numbers that have nothing to do with the time', () => {
  it('are no count that runs with it where sessions come at the pace at which it would turn over', () => {
    const sessions = Array.from({ length: 8 }, (_, i) =>
      record(i, [c('TIME\r\n'), s('it is ', Uint8Array.of(0xc0 + (i % 4), 0xc0 + (i % 4), 0x81), '!')], {
        start: 1_700_000_000 + (i * 256 ** 3) / 1_000_000,
      }),
    );
    expect(kindsOf(learnOne(sessions))).not.toContain('ticks');
  });
});

describe('a time that tells when something last changed', () => {
  const stamp = (now: number) => writeTime('filetime le64', now);
  /** Sessions close to each other, whose server tells the moment at which `movesAt` of them began. */
  const changed = (movesAt: (dice: Dice, id: number) => boolean, seed: number) => {
    const dice = new Dice(seed);
    let last = 0;
    return Array.from({ length: 24 }, (_, id) => {
      const start = 1_700_000_000 + id * 0.37 + dice.between(0, 99) / 1000;
      if (id === 0 || movesAt(dice, id)) last = start * 1000 + dice.between(0, 999) / 1000;
      return record(id, [...noise(dice), c('WHEN\r\n'), s('since ', stamp(last), '\r\n')], { start });
    });
  };
  const twice = (seed: number, movesAt: (dice: Dice, id: number) => boolean) => {
    const service = learnOne(changed(movesAt, seed));
    const [one, other] = [new Caller(service), new Caller(service)];
    const told = [one, other].map((caller) => caller.say('WHEN\r\n'));
    return { rules: rulesOf(service).filter(({ kind }) => kind === 'clock'), told };
  };

  it.each(seeds())('stands still between its moves (%i)', (seed) => {
    const { rules, told } = twice(seed, (dice, id) => id % 4 === 0 || dice.between(1, 6) === 1);
    expect(rules).toHaveLength(1);
    expect(rules).toMatchObject([{ hold: expect.any(Number) as number }]);
    expect(told[0]).toBe(told[1]);
  });

  it.each(seeds())('does not, where every session is told another one (%i)', (seed) => {
    const { rules } = twice(seed, () => true);
    expect(rules).toHaveLength(1);
    expect(rules[0]).not.toHaveProperty('hold');
  });
});
