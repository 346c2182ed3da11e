import { describe, expect, it } from 'vitest';
import { c, Dice, learnOne, record, s } from '../../tests/helpers/sessions.js';
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
});

describe('sessions that the server ended at a time of its own', () => {
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
