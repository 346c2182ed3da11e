/** What all clients of a server share: a setting that one makes and another one reads, a number that the server counts. */
import { describe, expect, it } from 'vitest';
import type { Session } from '../../capture/types.js';
import { compile } from '../../emulate/index.js';
import { explainService } from '../../model/explain.js';
import type { ServiceModel } from '../../model/types.js';
import {
  Caller,
  Dice,
  big,
  c,
  learnOne,
  little,
  record,
  s,
  seeds,
  type Spoken,
} from '../../../tests/helpers/sessions.js';

/** Sessions of clients that come one after the other, each from an address of its own, to one server. */
function visits(count: number, seed: number, talk: (dice: Dice, client: number) => readonly Spoken[]): Session[] {
  const dice = new Dice(seed);
  return Array.from({ length: count }, (_, i) => {
    const address = `10.${(seed * 7) % 200}.${dice.between(0, 250)}.${dice.between(1, 250)}`;
    return record(i + 1, talk(dice, i), { client: { address, port: dice.between(20_000, 60_000) } });
  });
}

/** A server with one knob; each visitor turns it, or looks at it first. */
function knob(seed: number, count = 40): Session[] {
  let level = '1000';
  const read = () => [c('level\r\n'), s(`level is ${level}\r\n`)];
  const turn = (dice: Dice) => {
    level = String(dice.between(1000, 900_000));
    return [c(`turn to ${level}\r\n`), s('done\r\n')];
  };
  return visits(count, seed, (dice) => {
    const does = dice.between(1, 3);
    return does === 1 ? turn(dice) : does === 2 ? read() : [...read(), ...turn(dice), ...read()];
  });
}

/** A server that gives each thing that is put there the next number. */
function desk(seed: number, write: (number: number) => string, count = 40): Session[] {
  let next = new Dice(seed).between(3, 400);
  return visits(count, seed + 50, (dice) => {
    const put = () => [c(`put ${dice.text(5, 9)}\r\n`), s(`kept as ${write(next++)}, thanks\r\n`)];
    return Array.from({ length: dice.between(1, 3) }, () =>
      dice.between(1, 3) > 1 ? put() : [c('hello\r\n'), s('hello yourself\r\n')],
    ).flat();
  });
}

const at = (service: ServiceModel | ReturnType<typeof compile>, address: string) =>
  new Caller(service, { client: { address, port: 4000 } });

describe('a setting that all clients share', () => {
  it.each(seeds())('is read by others as it was set last, by whomever (seed %i)', (seed) => {
    const compiled = compile(learnOne(knob(seed)));
    expect(at(compiled, '198.51.100.1').say('turn to 4711\r\n')).toBe('done\r\n');
    expect(at(compiled, '198.51.100.2').say('level\r\n')).toBe('level is 4711\r\n');
    expect(at(compiled, '198.51.100.3').say('turn to 815815\r\n')).toBe('done\r\n');
    expect(at(compiled, '198.51.100.1').say('level\r\n')).toBe('level is 815815\r\n');
  });

  it.each(seeds())('is at first what it was last in training (seed %i)', (seed) => {
    const sessions = knob(seed);
    const last = sessions
      .flatMap(({ messages }) => messages)
      .findLast(({ bytes }) => /\d/.test(Buffer.from(bytes).toString('latin1')));
    const level = /\d+/.exec(Buffer.from(last?.bytes ?? []).toString('latin1'))?.[0] ?? '';
    expect(at(learnOne(sessions), '198.51.100.9').say('level\r\n')).toBe(`level is ${level}\r\n`);
  });

  it('is said in words', () => {
    expect(explainService(learnOne(knob(1))).join('\n')).toMatch(
      /register 0: all clients share .* holds "\d+" at first/,
    );
  });

  it('is not taken over where it is longer than a setting is', () => {
    const compiled = compile(learnOne(knob(2)));
    at(compiled, '198.51.100.1').say(`turn to ${'9'.repeat(3000)}\r\n`);
    expect(at(compiled, '198.51.100.2').say('level\r\n').length).toBeLessThan(300);
  });
});

describe('a number that the whole server counts', () => {
  const writings: Record<string, (number: number) => string> = {
    'in digits': String,
    'in digits with zeros before them': (number) => String(number).padStart(6, '0'),
    'in binary': (number) => Buffer.from(big(number, 4)).toString('latin1'),
  };

  it.each(Object.entries(writings).flatMap(([name, write]) => seeds().map((seed) => ({ name, write, seed }))))(
    'goes on from one client to the next, $name (seed $seed)',
    ({ write, seed }) => {
      const sessions = desk(seed, write);
      const compiled = compile(learnOne(sessions));
      const kept = sessions.flatMap(({ messages }) =>
        messages.filter(({ bytes }) => Buffer.from(bytes).toString('latin1').startsWith('kept')),
      ).length;
      const next = new Dice(seed).between(3, 400) + kept;
      ['198.51.100.1', '198.51.100.2', '198.51.100.1'].forEach((address, i) => {
        expect(at(compiled, address).say('put anything\r\n')).toBe(`kept as ${write(next + i)}, thanks\r\n`);
      });
    },
  );
});

it.each(seeds())(
  'what stands before a number that is counted stays as it is when that is carried (seed %i)',
  (seed) => {
    let next = 200;
    const dice = new Dice(seed);
    const sessions = visits(40, seed, () =>
      Array.from({ length: dice.between(0, 2) }, () => [
        c('enter\r\n'),
        s('gate u1\0', little(next++, 4), 'open\r\n'),
      ]).flat(),
    );
    const compiled = compile(learnOne(sessions));
    for (let i = 0; i < 80; i++, next++)
      expect(at(compiled, `198.51.100.${i + 1}`).say('enter\r\n')).toBe(
        `gate u1\0${Buffer.from(little(next, 4)).toString('latin1')}open\r\n`,
      );
  },
);

describe('what is not shared', () => {
  const registersOf = (sessions: readonly Session[]) => learnOne(sessions).registers ?? [];

  it.each(seeds())('is what each client sets for itself (seed %i)', (seed) => {
    const sessions = visits(60, seed, (dice) => {
      let level = '1000';
      const read = () => [c('level\r\n'), s(`level is ${level}\r\n`)];
      const turn = () => {
        level = String(dice.between(1000, 900_000));
        return [c(`turn to ${level}\r\n`), s('done\r\n')];
      };
      return [...read(), ...turn(), ...read(), ...(dice.between(0, 1) ? [...turn(), ...read()] : [])];
    });
    const service = learnOne(sessions);
    expect(service.registers).toBeUndefined();
    const compiled = compile(service);
    at(compiled, '198.51.100.1').say('turn to 4711\r\n');
    expect(at(compiled, '198.51.100.2').say('level\r\n')).not.toContain('4711');
  });

  it.each(seeds())('is what only one client was ever seen to set and read (seed %i)', (seed) => {
    const client = { address: '10.1.2.3', port: 30_000 };
    const sessions = knob(seed).map((session): Session => ({ ...session, client }));
    expect(registersOf(sessions)).toEqual([]);
  });

  const noise: Record<string, (dice: Dice, client: number) => Spoken[]> = {
    'values made up': (dice) => [c(`put ${dice.text(5, 9)}\r\n`), s(`kept as ${dice.between(1, 900_000)}\r\n`)],
    'what the request says': (dice) => {
      const text = dice.text(5, 9);
      return [c(`echo ${text}\r\n`), s(`it was ${text}\r\n`)];
    },
    'counted by each client': () => [1, 2, 3, 4].flatMap((i) => [c('next\r\n'), s(`number ${i}\r\n`)]),
    'one of a few': (dice) => [c('colour\r\n'), s(`${dice.pick(['red', 'green', 'blue', 'grey'])}\r\n`)],
    'seconds of the day': (_, client) => [c('time\r\n'), s(`it is ${54_000 + Math.floor(97.25 * client)}\r\n`)],
    'a number of the client': (_, client) => [c(`call ${100 + client}\r\n`), s(`called ${100 + client}\r\n`)],
  };
  it.each(Object.entries(noise).flatMap(([name, talk]) => seeds().map((seed) => ({ name, talk, seed }))))(
    'is among $name (seed $seed)',
    ({ talk, seed }) => {
      expect(registersOf(visits(40, seed, talk))).toEqual([]);
    },
  );
});
