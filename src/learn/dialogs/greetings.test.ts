/** Servers that greet while the client speaks: where the packets were cut says nothing. */
import { describe, expect, it } from 'vitest';
import { Caller, c, learnOne, record, s, seeds, Dice, type Spoken } from '../../../tests/helpers/sessions.js';

const GREETING = '\xff\0\0\0\x01\x7f\x03';
const HEAD = '\x01PLAIN\0\0';

/** Both sides begin at once; the server's greeting is cut where the client's came in, or its head comes early. */
const sessions = (seed: number, cuts: readonly number[]) => {
  const dice = new Dice(seed);
  return Array.from({ length: 40 }, (_, id) => {
    const word = dice.text(3, 9);
    const said = `${GREETING}${HEAD}`;
    const cut = dice.pick(cuts);
    const spoken: Spoken[] = [
      s(said.slice(0, cut)),
      c(`\xfe\x02HELLO ${word}\n`),
      s(`${said.slice(cut)}ready ${word}\n`),
      c(`say ${word}\n`),
      s(`said ${word}\n`),
    ];
    return record(id, spoken);
  });
};

const heard = (service: ReturnType<typeof learnOne>) => {
  const caller = new Caller(service);
  return [caller.greeting, caller.say('\xfe\x02HELLO walrus\n'), caller.say('say walrus\n')];
};

describe('a greeting that the client spoke into', () => {
  it.each(seeds())('is said whole, and nothing of it twice (seed %i)', (seed) => {
    const whole = GREETING.length;
    for (const cuts of [[whole, whole - 1], [whole, whole - 1, whole, whole - 3], [whole]])
      expect(heard(learnOne(sessions(seed, cuts)))).toEqual([GREETING, `${HEAD}ready walrus\n`, 'said walrus\n']);
  });

  it.each(seeds())('is not made longer by what was asked for (seed %i)', (seed) => {
    const dice = new Dice(seed);
    // two servers behind one port: what the one says at once the other says only when it is asked
    const two = Array.from({ length: 40 }, (_, id) =>
      record(id, [
        s(id % 2 === 0 ? '+OK\r\n' : '+OK ready\r\n'),
        c(`name ${dice.text(3, 9)}\r\n`),
        s(id % 2 === 0 ? 'ready to serve\r\n' : 'welcome\r\n'),
      ]),
    );
    expect(['+OK\r\n', '+OK ready\r\n']).toContain(new Caller(learnOne(two)).greeting);
  });
});
