/** Dialogues that ask questions: what was said to a question is known wherever it is asked. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Caller, c, learnOne, record, s, type Spoken } from '../../../tests/helpers/sessions.js';

const NAMES = ['quartz', 'heron', 'blue', 'valentina', 'ivy', 'umbrella', 'kestrel', 'opal', 'dunlin', 'zach', 'memo'];
/** Words that have little in common. */
const words = (count: number) => fc.shuffledSubarray(NAMES, { minLength: count, maxLength: count });

const GREETING = s('Router of the corp\r\nLogin: ');
const WELCOME = s('\r\nWelcome.\r\n# ');
const enter = (user: string, password: string, answer: Spoken) => [
  c(`${user}\r\n`),
  s(`${user}\r\nPassword: `),
  c(`${password}\r\n`),
  answer,
];
const refused = (user: string, password: string) => enter(user, password, s('\r\nLogin incorrect.\r\nLogin: '));
const open = [GREETING, ...enter('guest', 'guest', WELCOME), c('exit\r\n'), s('bye\r\n')];

describe('an answer that ends with a question', () => {
  it('lets replies that nobody gave before go the way of those that one client each gave', () => {
    fc.assert(
      fc.property(words(5), ([user = '', second = '', password = '', other = '', mine = '']) => {
        const sessions = [
          ...Array.from({ length: 6 }, (_, id) => record(id, open)),
          record(6, [GREETING, ...refused(`${user}17`, password), ...enter('guest', 'guest', WELCOME)]),
          record(7, [GREETING, ...refused(`${second}2908`, other), ...enter('guest', 'guest', WELCOME)]),
        ];
        const caller = new Caller(learnOne(sessions));
        expect(caller.say(`${mine}5\r\n`)).toBe(`${mine}5\r\nPassword: `);
        expect(caller.say(`${mine}\r\n`)).toBe('\r\nLogin incorrect.\r\nLogin: ');
        expect(caller.say('guest\r\n')).toBe('guest\r\nPassword: ');
        expect(caller.say('guest\r\n')).toBe('\r\nWelcome.\r\n# ');
      }),
      { numRuns: 20 },
    );
  });

  it('asks the same in a state from which nobody ever said this', () => {
    const again = [GREETING, ...refused('nobody4', 'wrong'), ...refused('noone77', 'none')];
    const sessions = [...Array.from({ length: 4 }, (_, id) => record(id, open)), record(4, again)];
    const caller = new Caller(learnOne(sessions));
    caller.say('somebody8\r\n');
    caller.say('something\r\n');
    expect(caller.say('guest\r\n')).toBe('guest\r\nPassword: ');
    expect(caller.say('guest\r\n')).toBe('\r\nWelcome.\r\n# ');
  });
});
