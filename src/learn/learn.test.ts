/** Learning as a whole: the same from the same, sound from odd captures, and honest about thin evidence. */
import { describe, expect, it } from 'vitest';
import { toLatin1 } from '../bytes/bytes.js';
import type { Outcome, Session } from '../capture/types.js';
import { compile } from '../emulate/index.js';
import { learn } from './index.js';
import { bounded } from '../../tests/helpers/patience.js';
import {
  Caller,
  Dice,
  SERVER,
  c,
  differences,
  learnOne,
  record,
  s,
  seeds,
  speak,
  type Protocol,
} from '../../tests/helpers/sessions.js';

// nothing takes more than a small part of it
bounded(20_000);

/** A bit of everything: made up, copied, counted, the address, the clock's absence. */
const mixed: Protocol = (dice, { client }) => {
  const [name, id, number] = [dice.text(3, 9), dice.text(8, 8, '0123456789abcdef'), dice.between(10, 900)];
  const talk = [
    s(`<${id}> hello ${client.address}\r\n`),
    c(`IAM ${name} AT ${client.address}\r\n`),
    s(`welcome ${name}\r\n`),
    c(`NEXT ${number}\r\n`),
    s(`then ${number + 1}\r\n`),
    ...(dice.between(0, 1) === 0 ? [c('NOOP\r\n'), s('fine\r\n')] : []),
    c('QUIT\r\n'),
    s(`bye ${id}\r\n`),
  ];
  return { spoken: talk, close: { by: 'server', how: 'fin' } };
};

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const dice = new Dice(seed);
  const rest = [...items];
  return items.map(() => rest.splice(dice.between(0, rest.length - 1), 1)[0]).filter((item) => item !== undefined);
}

describe('determinism', () => {
  const sessions = speak(mixed, 20, 3);
  const model = learn(sessions);

  it('the same sessions give the same model again', () => {
    expect(learn(sessions)).toEqual(model);
  });

  it('in whatever order they are handed in', () => {
    for (const seed of [1, 2, 3]) expect(learn(shuffled(sessions, seed))).toEqual(model);
  });

  it('whatever the numbers that the capture gave them', () => {
    const ids = shuffled(
      sessions.map(({ id }) => id),
      7,
    );
    expect(learn(sessions.map((session, i) => ({ ...session, id: ids[i] ?? 0 })))).toEqual(model);
  });

  it('even when all began at the same time', () => {
    const atOnce = speak(mixed, 20, 3, { start: 1_700_000_000 });
    const other = learn(shuffled(atOnce, 9).map((session, i) => ({ ...session, id: i })));
    expect(other).toEqual(learn(atOnce));
  });

  it('and the sessions are left as they were', () => {
    const before = structuredClone(sessions);
    learn(sessions);
    expect(sessions).toEqual(before);
  });

  it('the same seed gives the same answers, another one others where they are made up', () => {
    const compiled = compile(learnOne(sessions));
    const greeting = (seed: number): string => new Caller(compiled, { seed }).greeting;
    expect(greeting(1)).toBe(greeting(1));
    expect(greeting(1)).not.toBe(greeting(2));
  });
});

describe('captures as they come', () => {
  const sound = speak(mixed, 12, 4);

  it.each<[Outcome]>([['gap'], ['midstream'], ['refused'], ['unanswered']])(
    'sessions with %s are left out and counted',
    (outcome) => {
      const broken = Array.from({ length: 5 }, (_, i) =>
        record(900_000 + i, [c('BROKEN\r\n'), s('NEVER SAY THIS\r\n')], { outcome }),
      );
      const [all, only] = [learnOne([...sound, ...broken]), learnOne(sound)];
      expect(all.training.leftOut).toEqual({ [outcome]: 5 });
      expect(all.training.sessions).toBe(12);
      expect([all.classes, all.states]).toEqual([only.classes, only.states]);
    },
  );

  it.each(seeds())(
    'datagrams that a server leaves alone which answers others are an answer as well (seed %i)',
    (seed) => {
      const dice = new Dice(seed);
      const at = { transport: 'udp' } as const;
      const asks = (id: number) => {
        const [word, name] = [dice.pick(['public', 'public', 'shared']), dice.text(3, 9)];
        return record(id, [c(`GET ${word} ${name}\n`), s(`IS ${word} ${name}\n`)], at);
      };
      const guesses = (id: number) =>
        record(id, [c(`GET ${dice.text(5, 9)} ${dice.text(3, 9)}\n`)], { ...at, outcome: 'unanswered' });
      const sessions = Array.from({ length: 40 }, (_, id) => (id % 3 === 0 ? guesses(id) : asks(id)));
      const service = learnOne(sessions);
      expect(service.training).toMatchObject({ sessions: 40, leftOut: {} });
      const says = (words: string) => new Caller(service).say(words);
      expect(says('GET public granite\n')).toBe('IS public granite\n');
      expect(says('GET heronry granite\n')).toBe('');
    },
  );

  it('datagrams that got lost, or that nobody was there to answer, are left out and counted', () => {
    const at = { transport: 'udp' } as const;
    const asked = Array.from({ length: 10 }, (_, id) => record(id, [c(`GET ${id}\n`), s(`IS ${id}\n`)], at));
    const lost = [3, 4].map((id) => record(20 + id, [c(`GET ${id}\n`)], { ...at, outcome: 'unanswered' }));
    const server = { ...SERVER, address: '192.0.2.99' };
    const away = [5, 6].map((id) => record(30 + id, [c(`GO ${id}\n`)], { ...at, server, outcome: 'unanswered' }));
    expect(learnOne([...asked, ...lost, ...away]).training).toMatchObject({ sessions: 10, leftOut: { unanswered: 4 } });
  });

  it('sessions without a word are left out and counted', () => {
    const silent = Array.from({ length: 4 }, (_, i) => record(900_000 + i, []));
    expect(learnOne([...sound, ...silent]).training).toMatchObject({ sessions: 12, leftOut: { silent: 4 } });
  });

  it('a server that only ever listens is one all the same', () => {
    const told = (id: number) =>
      record(id, [c(`servers.web${id}.load 0.${id} 1700000${id}\n`)], {
        close: { by: 'client', how: 'fin' },
      });
    const service = learnOne([21, 32, 43, 54].map(told));
    const caller = new Caller(service);
    expect(caller.say('servers.web77.load 0.7 170000088\n')).toBe('');
    expect(caller.say('servers.web78.load 0.7 170000089\n')).toBe('');
    expect(learn([21, 32].map(told)).services).toEqual([]);
    const alone = [21, 32, 43].map((id) => record(id, told(id).messages, { transport: 'udp', outcome: 'unanswered' }));
    expect(learn(alone).services).toEqual([]);
  });

  it('nothing to learn from gives no service', () => {
    expect(learn([]).services).toEqual([]);
    expect(learn([record(0, [])]).services).toEqual([]);
    expect(learn([record(0, [c('A\n'), s('B\n')], { outcome: 'gap' })]).services).toEqual([]);
  });

  it('clients that nobody answered give no service', () => {
    expect(learn([record(0, [c('A\n')]), record(1, [c('B\n')])]).services).toEqual([]);
  });

  it('servers that nobody asked are greeted by', () => {
    const service = learnOne([record(0, [s('go away\r\n')]), record(1, [s('go away\r\n')])]);
    expect(new Caller(service).greeting).toBe('go away\r\n');
    const caller = new Caller(service);
    expect(caller.send('why?\r\n')).toMatchObject({ notes: [], waits: true });
    expect(caller.silence().notes).toMatchObject([{ kind: 'unknown' }]);
  });

  it('some sessions of a service may be of one side only', () => {
    const oneSided = [
      record(900_000, [c('IAM mute AT 10.0.0.1\r\n')]),
      record(900_001, [s('<0123abcd> hello 10.0.0.1\r\n')]),
    ];
    expect(
      differences(learnOne([...sound, ...oneSided]), [record(1, [c('NOOP\r\n'), s('fine\r\n')])]).slice(1),
    ).toEqual([]);
  });

  it('empty messages do no harm', () => {
    const sessions = Array.from({ length: 6 }, (_, i) =>
      record(i, [c(''), s(''), c(`ASK ${i}`), s(`answer ${i}`)], { transport: 'udp' }),
    );
    expect(new Caller(learnOne(sessions)).say('ASK 7')).toBe('answer 7');
  });

  it('a single session is told again word for word', () => {
    const [only] = speak(mixed, 1, 5);
    const service = learnOne(only ? [only] : []);
    expect(differences(service, only ? [only] : [])).toEqual([]);
    expect(service.training.remarks.join()).toContain('rest on one or two requests');
  });

  it('services are told apart by port and transport', () => {
    const at = (port: number, transport: 'tcp' | 'udp', word: string): Session[] =>
      Array.from({ length: 3 }, (_, i) =>
        record(port * 10 + i, [c('who?\n'), s(word)], { server: { ...SERVER, port }, transport }),
      );
    const { services } = learn([...at(1, 'tcp', 'one'), ...at(2, 'tcp', 'two'), ...at(2, 'udp', 'three')]);
    const said = services.map((service) => [
      `${service.transport}/${service.port}`,
      new Caller(service, { server: { ...SERVER, port: service.port } }).say('who?\n'),
    ]);
    expect(Object.fromEntries(said)).toEqual({ 'tcp/1': 'one', 'tcp/2': 'two', 'udp/2': 'three' });
  });

  it('a threshold that is none is refused in words', () => {
    expect(() => learn(sound, { macro: 1.5 })).toThrow(/--macro.*between 0 and 1.*1\.5/);
    expect(() => learn(sound, { micro: NaN })).toThrow(RangeError);
  });
});

describe('much of it', () => {
  it('one session of a thousand exchanges is learned from', () => {
    const dice = new Dice(1);
    const exchanges = (count: number) =>
      Array.from({ length: count }, () => dice.between(10, 99_999)).flatMap((n) => [
        c(`NEXT ${n}\r\n`),
        s(`then ${n + 1}\r\n`),
      ]);
    const service = learnOne([record(0, exchanges(1000))]);
    expect(differences(service, [record(1, exchanges(50))])).toEqual([]);
  });

  it('a thousand identical sessions are worked on once', () => {
    const spoken = [
      s('hello\r\n'),
      c('FETCH the lot\r\n'),
      s(`${'all of it, '.repeat(400)}\r\n`),
      c('QUIT\r\n'),
      s('bye\r\n'),
    ];
    const same = Array.from({ length: 1000 }, (_, i) => record(i, spoken));
    const service = learnOne(same);
    expect(differences(service, same.slice(0, 3))).toEqual([]);
    expect(service.classes.map(({ samples, distinct }) => [samples, distinct])).toEqual([
      [1000, 1],
      [1000, 1],
    ]);
  });

  it('a thousand different sessions are learned from', () => {
    const service = learnOne(speak(mixed, 1000, 6));
    const client = { address: '10.99.3.14', port: 50_123 };
    const caller = new Caller(service, { client });
    const id = /^<([0-9a-f]{8})> hello 10\.99\.3\.14\r\n$/.exec(caller.greeting)?.[1] ?? 'none';
    expect(caller.say('IAM walrus AT 10.99.3.14\r\n')).toBe('welcome walrus\r\n');
    expect(caller.say('NEXT 4711\r\n')).toBe('then 4712\r\n');
    expect(caller.say('QUIT\r\n')).toBe(`bye ${id}\r\n`);
  });

  it('what a bound cut off is said', () => {
    const many = Array.from({ length: 40 }, (_, i) =>
      record(i, [c(`${'abcdefghij'.charAt(i % 10).repeat(9)}${i}`), s('ok')]),
    );
    expect(learnOne(many, { maxFanOut: 10 }).training.remarks.join()).toMatch(
      /30 requests were left out.*--max-fan-out/,
    );
  });
});

describe('the worked example of messages from people', () => {
  const from = (...names: readonly string[]): Session[] =>
    names.map((name, i) => record(i, [c(`GET MSG FROM <${name}>\r\n`), s('no message\r\n')]));
  const ask = (names: readonly string[]) => {
    const caller = new Caller(learnOne(from(...names)));
    const [at, later] = [caller.send('GET MSG FROM <dave>\r\n'), caller.silence()];
    const [notes, text] = [[...at.notes, ...later.notes], at.text + later.text];
    return { known: notes.map((note) => (note.kind === 'answered' ? note.known : note.kind)), text };
  };

  it('from one name nobody can learn that it varies: another one is not known', () => {
    const { known } = ask(['bob', 'bob']);
    expect(known).toHaveLength(1);
    expect(['nearest', 'unknown']).toContain(known[0]);
  });

  it('with three different names another one is known', () => {
    expect(ask(['bob', 'alice', 'eve'])).toEqual({ known: ['here'], text: 'no message\r\n' });
  });

  it('what rests on thin evidence is said, and no more of it when there is enough', () => {
    expect(learnOne(from('bob', 'bob')).training.remarks.join()).toContain('what varies in them can not be told');
    expect(learnOne(from('bob', 'alice', 'eve')).training.remarks).toEqual([]);
  });
});

describe('the worked example of the time', () => {
  const asked = (id: number, answer: string): Session =>
    record(id, [c(`Hi, my ID is ${id} what time is it?`), s(answer)]);
  // in the first and the third the hour is in the identifier by chance
  const times = { 147: '14:05', 234: '14:18', 314: '14:31', 392: '14:40', 405: '14:52', 518: '14:59' };
  const sessions = Object.entries(times).map(([id, time]) => asked(Number(id), `Welcome ${id}, time is ${time} `));

  it('the identifier is a link, the coincidence of digits is none', () => {
    const answer = new Caller(learnOne(sessions)).say('Hi, my ID is 668 what time is it?');
    expect(answer).toMatch(/^Welcome 668, time is 14:[0-5][0-9] $/);
  });

  it('two conversations tell the identifier, and that they are few is said', () => {
    const service = learnOne(sessions.slice(0, 2));
    expect(new Caller(service).say('Hi, my ID is 668 what time is it?')).toMatch(
      /^Welcome 668, time is 14:[0-5][0-9] $/,
    );
    expect(service.training.remarks.join()).toContain('what varies in them can not be told');
  });
});

describe('the order of requests that was never recorded', () => {
  it('is answered from the states that are known elsewhere', () => {
    const protocol: Protocol = (dice) => [
      c(`LOGIN ${dice.text(3, 9)}\r\n`),
      s('in\r\n'),
      c(`READ ${dice.text(3, 9)}\r\n`),
      s('read\r\n'),
      c(`WRITE ${dice.text(3, 9)}\r\n`),
      s('written\r\n'),
    ];
    const caller = new Caller(learnOne(speak(protocol, 12, 1)));
    const { notes, text } = caller.send('WRITE something\r\n');
    expect(text).toBe('written\r\n');
    expect(notes).toMatchObject([{ kind: 'answered', known: 'elsewhere' }]);
    expect(toLatin1(notes[0]?.request ?? new Uint8Array(0))).toBe('WRITE something\r\n');
  });
});

describe('clients that do not wait', () => {
  it('and speak while they are greeted are answered as those that wait', () => {
    const protocol: Protocol = (dice) => {
      const name = dice.text(3, 9);
      const [hello, iam] = [s('hello, who are you?\r\n'), c(`IAM ${name}\r\n`)];
      const rest = [s(`welcome ${name}\r\n`)];
      return dice.between(0, 3) === 0 ? [iam, hello, ...rest] : [hello, iam, ...rest];
    };
    const caller = new Caller(learnOne(speak(protocol, 20, 1)));
    expect(caller.greeting).toBe('hello, who are you?\r\n');
    expect(caller.send('IAM walrus\r\n').text).toBe('welcome walrus\r\n');
  });

  it('and send several requests at once teach the same as those that send one', () => {
    const protocol: Protocol = (dice) => {
      const [a, b] = [dice.text(3, 9), dice.text(3, 9)];
      const [helps, tells] = [
        [c('HELP\r\n'), s('no help\r\n')],
        [c(`TELL ${a} ${b}\r\n`), s(`told ${a}\r\n`)],
      ] as const;
      const together = [c(`HELP\r\nTELL ${a} ${b}\r\n`), s(`no help\r\ntold ${a}\r\n`)];
      return dice.between(0, 3) === 0 ? together : [...helps, ...tells];
    };
    const service = learnOne(speak(protocol, 24, 2));
    const caller = new Caller(service);
    expect(caller.send('HELP\r\n').text).toBe('no help\r\n');
    expect(caller.send('TELL walrus otter\r\n').text).toBe('told walrus\r\n');
    expect(caller.send('HELP\r\nTELL bee ant\r\n').text).toBe('no help\r\ntold bee\r\n');
  });
});
