/** What little evidence tells: races at the end of a session, few samples, values that are made up. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../bytes/random.js';
import type { Close } from '../capture/types.js';
import { Caller, big, c, learnOne, record, s } from '../../tests/helpers/sessions.js';

const BY_CLIENT: Close = { by: 'client', how: 'fin' };
const BY_SERVER: Close = { by: 'server', how: 'fin' };

describe('the end of a session', () => {
  const leave = (id: number, close: Close) =>
    record(id, [s('hello\r\n'), c(`NAME user${id * 13}\r\n`), s('ok\r\n'), c('BYE\r\n'), s('so long\r\n')], { close });

  it('is the server’s where it was first in some sessions and nobody saw it stay', () => {
    const service = learnOne([0, 1, 2, 3, 4, 5].map((id) => leave(id, id % 2 === 0 ? BY_SERVER : BY_CLIENT)));
    const ending = service.states.filter(({ close }) => close !== 'stay');
    expect(ending).toHaveLength(1);
    expect(ending[0]?.samples).toBe(6);
  });

  it('is not after an answer that was followed by more for no reason that can be told', () => {
    const talk = (id: number, more: boolean) =>
      record(
        id,
        [
          c('READ\r\n'),
          s('nothing new\r\n'),
          ...(more ? [c('READ\r\n'), s('nothing new\r\n'), c('PING\r\n'), s('pong\r\n')] : []),
        ],
        { close: more ? BY_CLIENT : BY_SERVER },
      );
    const service = learnOne([0, 1, 2, 3, 4, 5, 6, 7].map((id) => talk(id, id % 2 === 1)));
    expect(service.states.every(({ close }) => close === 'stay')).toBe(true);
  });

  it('is after what decides it', () => {
    const talk = (id: number, bad: boolean) =>
      record(
        id,
        [
          c(bad ? 'LEAVE now\r\n' : 'STAY here\r\n'),
          s('as you like\r\n'),
          ...(bad ? [] : [c('LEAVE now\r\n'), s('as you like\r\n')]),
        ],
        {
          close: BY_SERVER,
        },
      );
    const service = learnOne(Array.from({ length: 16 }, (_, id) => talk(id, id % 2 === 1)));
    const caller = new Caller(service);
    caller.say('STAY here\r\n');
    expect(caller.say('LEAVE now\r\n')).toBe('as you like\r\n');
    expect(service.states.map(({ close }) => close)).toContain('fin');
    expect(service.states.map(({ close }) => close)).toContain('stay');
  });
});

describe('values that are made up', () => {
  const madeUp = (sessions: Parameters<typeof learnOne>[0]) =>
    learnOne(sessions).states.flatMap(({ answer }) =>
      answer.flatMap(({ pieces }) => pieces.filter((p) => p.kind === 'rule' && p.rule.kind === 'made up')),
    );

  it('two random bytes before a copy are an identifier of their own', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const random = seeded(seed);
        const byte = () => 128 + Math.floor(random() * 127);
        const sessions = Array.from({ length: 16 }, (_, id) => {
          const own = Uint8Array.from([byte(), byte(), byte(), byte()]);
          const given = Uint8Array.from([byte(), byte()]);
          return record(id, [c('\x01open', own, '\x00\x07'), s('\x02done', given, own, big(7, 2))]);
        });
        expect(madeUp(sessions)).toHaveLength(1);
      }),
      { numRuns: 20 },
    );
  });

  it('what every asker of the same gets is none, however random it looks', () => {
    const random = seeded(5);
    const values = Array.from({ length: 8 }, () => big(Math.floor(random() * 2 ** 32), 4));
    const sessions = Array.from({ length: 24 }, (_, id) =>
      record(id, [c(`KEY ${id % 8}\r\n`), s('=', values[id % 8] ?? '')]),
    );
    expect(madeUp(sessions)).toEqual([]);
  });

  it('sentences are none, and neither is what was said before', () => {
    const names = ['alice', 'robert', 'eveline', 'marvin'];
    const sessions = names.map((name, id) =>
      record(id, [
        c(`NAME ${name}\r\n`),
        s('ok\r\n'),
        c('WHO\r\n'),
        s(id % 2 === 0 ? `you are ${name}\r\n` : `sir ${name}\r\n`),
      ]),
    );
    expect(madeUp(sessions)).toEqual([]);
  });
});

describe('two requests alone', () => {
  it('that begin with one word and are answered alike are of one class', () => {
    const make = (id: number, name: string) =>
      record(id, [
        c('HELLO\r\n'),
        s('hi\r\n'),
        c(`MAKE ${name}\r\n`),
        s(`made "${name}" for you\r\n`),
        c('END\r\n'),
        s('bye\r\n'),
      ]);
    const service = learnOne([make(0, 'willow7856'), make(1, 'trent1005')]);
    const caller = new Caller(service);
    caller.say('HELLO\r\n');
    expect(caller.say('MAKE jade1879\r\n')).toBe('made "jade1879" for you\r\n');
  });
});

describe('a request that lacks a byte of its class', () => {
  it('is not taken for a class that asks for little', () => {
    const long = 'and a body that is the same in every request of this kind, to the very last word of it';
    const sessions = Array.from({ length: 12 }, (_, id) =>
      record(id, [
        c('\x02OP', big(id, 1), `\x02A${long}`),
        s('long'),
        c('\x02OP', big(40 + 3 * id, 1), '\x02', 'xyzuvwrst'.slice(id % 5), '\x02'),
        s('short'),
      ]),
    );
    const caller = new Caller(learnOne(sessions));
    expect(caller.say(`\x02OP\x05\x03A${long}`)).toBe('long');
  });
});
