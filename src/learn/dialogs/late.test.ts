/** Where packets fell in the recording says nothing: the client may have gone on before an answer was whole. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { big, Caller, c, Dice, learnOne, record, s, seeds, type Spoken } from '../../../tests/helpers/sessions.js';
import { concat } from '../../bytes/bytes.js';
import { toDialogs } from './exchanges.js';

const COUNT = 40;

/** An answer in two parts: what was asked for, with a number of its own, and a notice. */
function numbered(dice: Dice, count: number): Spoken[] {
  const name = dice.text(5, 5);
  const spoken = [c('\x01HELLO ', name), s('\x01WELCOME ', big(count, 2), '\x07NOTICE of ', big(count, 2), '!')];
  for (let i = 0; i < dice.between(1, 3); i++) {
    const key = dice.bytes(4);
    spoken.push(c('\x02', key, dice.text(2, 3)), s('\x02', key, 'is known', dice.bytes(2)));
  }
  return [...spoken, c('\x03BYE'), s('\x03')];
}

/** The session with so many bytes of an answer said behind the next request; all of an answer never come late. */
function late(spoken: readonly Spoken[], at: number, count: number): Spoken[] {
  const [answer, asked, next] = spoken.slice(at, at + 3);
  if (!answer || !asked || !next) return [...spoken];
  const kept = answer.bytes.length - count;
  return [
    ...spoken.slice(0, at),
    s(answer.bytes.subarray(0, kept)),
    asked,
    s(answer.bytes.subarray(kept), next.bytes),
    ...spoken.slice(at + 3),
  ];
}

const plain = (seed: number): Spoken[][] => {
  const dice = new Dice(seed);
  return Array.from({ length: COUNT }, (_, id) => numbered(dice, id));
};

const said = (sessions: readonly (readonly Spoken[])[]) =>
  toDialogs(sessions.map((spoken, id) => record(id, spoken))).map(({ exchanges }) =>
    exchanges.map(({ request, messages }) => [request, concat(messages)]),
  );

describe('an answer that came late in part', () => {
  it('is whole again, wherever it was cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 3, max: 24 }), (seed, cut) => {
        const sessions = plain(seed);
        const crossed = sessions.map((spoken, id) => (id % 10 === 4 ? late(spoken, 1, cut) : spoken));
        expect(said(crossed)).toEqual(said(sessions));
      }),
      { numRuns: 25 },
    );
  });

  it.each(seeds())('teaches the same as one in time (seed %i)', (seed) => {
    const sessions = plain(seed);
    const learned = (all: readonly (readonly Spoken[])[]) => learnOne(all.map((spoken, id) => record(id, spoken)));
    const crossed = sessions.map((spoken, id) => (id % 10 === 4 ? late(spoken, 1, 13) : spoken));
    expect(learned(crossed)).toEqual(learned(sessions));
  });

  it.each(seeds())('is whole again where all of the rest came late, and the client went on twice (seed %i)', (seed) => {
    const sessions = plain(seed);
    const crossed = sessions.map((spoken, id): Spoken[] => {
      const [hello, welcome, asked, answer, ...others] = spoken;
      if (id % 20 !== 4 || !hello || !welcome || !asked || !answer) return spoken;
      const [whole, next] = [welcome.bytes, asked.bytes];
      return [
        hello,
        s(whole.subarray(0, 11)),
        c(next.subarray(0, 2)),
        s(whole.subarray(11)),
        c(next.subarray(2)),
        answer,
        ...others,
      ];
    });
    expect(said(crossed)).toEqual(said(sessions));
  });

  it.each(seeds())('is whole again in the greeting, whoever spoke first (seed %i)', (seed) => {
    const dice = new Dice(seed);
    const greeting = 'MIRROR 3 at your service\nall of this is ours\n';
    const sessions = Array.from({ length: COUNT }, (): Spoken[] => {
      const name = dice.text(3, 9);
      return [s(greeting), c(`MIRROR 4\n${name}\n`), s(`${name} is here\n`), c('OK\n'), s('DONE\n')];
    });
    const crossed = sessions.map((spoken, id): Spoken[] => {
      const [, asked, answer, ...others] = spoken;
      if (id % 3 !== 1 || !asked || !answer) return spoken;
      const [first, second] = [asked.bytes.subarray(0, 9), asked.bytes.subarray(9)];
      return [c(first), s(greeting.slice(0, 25)), c(second), s(greeting.slice(25), answer.bytes), ...others];
    });
    expect(said(crossed)).toEqual(said(sessions));
  });
});

describe('an answer that is short', () => {
  it.each(seeds())('stays so where it is one of several (seed %i)', (seed) => {
    const dice = new Dice(seed);
    const sessions = Array.from({ length: COUNT }, () => {
      const spoken: Spoken[] = [];
      for (let i = 0; i < 4; i++) {
        const word = dice.text(4, 4);
        spoken.push(c(`ask ${word}\n`), s(dice.pick(['no\n', 'yes, it is\n', `${word} is\n`])));
      }
      return spoken;
    });
    expect(said(sessions)).toEqual(
      sessions.map((spoken) => [
        [new Uint8Array(0), new Uint8Array(0)],
        ...spoken.flatMap(({ bytes }, i) => (i % 2 === 0 ? [[bytes, spoken[i + 1]?.bytes]] : [])),
      ]),
    );
  });

  it.each(seeds())('is not made longer by what comes next, where that is what is asked for (seed %i)', (seed) => {
    const dice = new Dice(seed);
    const line = (word: string) => `+${word}\n`;
    const sessions = Array.from({ length: COUNT }, (_, id) => {
      const [one, two] = [dice.text(3, 3), dice.text(3, 3)];
      // where nothing is kept for the client, it is told at once, and what it goes on with is answered alike
      const both = id % 8 > 0;
      return [
        c('OPEN'),
        s(both ? `${line('kept')}${line(one)}` : line('kept')),
        c('MORE'),
        s(line(two)),
        c('END'),
        s(line('kept')),
      ];
    });
    const service = learnOne(sessions.map((spoken, id) => record(id, spoken)));
    const caller = new Caller(service);
    caller.say('OPEN');
    expect(caller.say('MORE')).toMatch(/^\+...\n$/);
    expect(said(sessions).map(([, , more]) => more?.[1]?.length)).toEqual(sessions.map(() => 5));
  });
});
