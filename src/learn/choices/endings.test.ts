import { describe, expect, it } from 'vitest';
import { compile } from '../../emulate/index.js';
import { c, Caller, Dice, learnOne, record, s, seeds } from '../../../tests/helpers/sessions.js';
import { endsOf } from './endings.js';

describe('what the server does after an answer', () => {
  it('is to close, where it did so whenever that was seen', () => {
    expect(endsOf([['fin', 'untold'], ['stay', 'stay'], ['rst'], ['untold']])).toEqual([
      'fin',
      'stay',
      'rst',
      'untold',
    ]);
  });

  it('is to stay, where few samples closed and elsewhere closing follows from nothing that was said', () => {
    const mixed = ['fin', 'fin', 'fin', 'stay', 'stay'] as const;
    expect(endsOf([mixed, ['fin', 'fin'], ['stay']])).toEqual(['stay', 'stay', 'stay']);
    expect(endsOf([mixed, ['fin', 'fin', 'fin', 'fin', 'fin']])).toEqual(['stay', 'fin']);
  });

  it('is to stay after silence, however often it closed then, where closing follows from nothing that was said', () => {
    const mixed = Array.from({ length: 9 }, (_, i) => (i < 6 ? 'fin' : 'stay')) as ('fin' | 'stay')[];
    const last = ['fin', 'fin', 'fin', 'fin', 'fin'] as const;
    expect(endsOf([mixed, last], new Set([1]))).toEqual(['stay', 'stay']);
    expect(endsOf([['stay', 'stay'], last], new Set([1]))).toEqual(['stay', 'fin']);
  });
});

describe('sessions that the server ended at a time of its own', () => {
  it('go on behind a request that is not answered', () => {
    const sessions = Array.from({ length: 40 }, (_, i) => {
      const asked = Array.from({ length: 1 + (i % 4) }, (_, n) => [c(`LIST ${n}\r\n`), s('one two three\r\n')]).flat();
      return record(i, i % 3 === 0 ? [...asked, c('THANKS\r\n')] : asked, { close: { by: 'server', how: 'fin' } });
    });
    const caller = new Caller(learnOne(sessions));
    caller.say('LIST 0\r\n');
    expect(caller.send('THANKS\r\n').close).toBeNull();
    expect(caller.say('LIST 1\r\n')).toBe('one two three\r\n');
  });

  it('teach no rare request to end a session', () => {
    const dice = new Dice(1);
    const sessions = Array.from({ length: 30 }, (_, i) => {
      const common = Array.from({ length: dice.between(1, 5) }, () => [c('LIST\r\n'), s('one two three\r\n')]).flat();
      const rare = i % 15 === 14 ? [c(`RARE${i} thing\r\n`), s(`some rare thing ${i}\r\n`)] : [];
      return record(i, [...common, ...rare], { close: { by: 'server', how: 'fin' } });
    });
    expect(learnOne(sessions).states.map((state) => state.close)).not.toContain('fin');
  });
});

describe('an answer seldom given', () => {
  /** A text is looked through, alone or with a word that keeps the session; few texts have something in them. */
  const sessions = (seed: number, count: number) => {
    const dice = new Dice(seed);
    return Array.from({ length: count }, (_, i) => {
      const found = i % 10 === 3 || i % 10 === 6;
      const text = (bad: boolean) => `\x01${dice.text(5, 30)}${bad ? ' EVIL ' : ' good '}${dice.text(3, 30)}\n`;
      const said = (bad: boolean) => s(bad ? 'found: EVIL\n' : 'clean\n');
      if (i % 4 !== 3)
        return record(i, [c(`ONCE${text(found)}`), said(found)], { close: { by: 'server', how: 'fin' } });
      return record(i, [c(`KEEP${text(found)}`), said(found), c(`KEEP${text(false)}`), said(false)]);
    });
  };

  it.each(seeds())('ends the session where the others of its kind do (seed %i)', (seed) => {
    const service = compile(learnOne(sessions(seed, 30)));
    const closes = (request: string) => new Caller(service).send(request).close !== null;
    expect(closes('ONCE\x01flowers EVIL there\n')).toBe(true);
    expect(closes('KEEP\x01flowers EVIL there\n')).toBe(false);
  });
});
