import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import { compile, type Command, type Dialogue } from '../../emulate/index.js';
import { play } from '../../evaluate/play.js';
import type { Model, ServiceModel } from '../../model/types.js';
import { ENCODINGS, visits } from '../../../tests/helpers/data-sessions.js';
import {
  big,
  bytesOf,
  c,
  CLIENT,
  Dice,
  NOW,
  record,
  rulesOf,
  s,
  SERVER,
  speak,
  type Words,
} from '../../../tests/helpers/sessions.js';
import { learn, relate, serviceOfSession } from '../index.js';
import { serviceName } from '../../model/names.js';

const PORT = 34_567;

function serviceOf(model: Model, name: string): ServiceModel {
  const service = model.services.find((each) => serviceName(each) === name);
  if (!service) throw new Error(`no ${name} was learned`);
  return service;
}

function fail(): never {
  throw new Error('there is no such message');
}

/** A control session in progress. */
function call(service: ServiceModel): { dialogue: Dialogue; say: (text: string) => readonly Command[] } {
  const dialogue = compile(service).dialogue(
    { client: CLIENT, server: SERVER },
    () => 0.5,
    () => PORT,
  );
  dialogue.open(NOW);
  return { dialogue, say: (text) => dialogue.receive(bytesOf(text), NOW) };
}

const textOf = (commands: readonly Command[]): string =>
  commands.map((command) => (command.kind === 'send' ? toLatin1(command.bytes) : '')).join('');
const kindsOf = (commands: readonly Command[]): string[] =>
  commands.map((command) => command.kind).filter((kind) => kind !== 'note');

describe.each(Object.entries(ENCODINGS))('a port named as %s', (_, write) => {
  const model = learn(visits(24, write));
  const control = serviceOf(model, 'tcp/7000');
  const data = serviceOf(model, 'tcp/7000/data');

  it('is opened anew for each client, and its sessions are one service', () => {
    expect(model.services).toHaveLength(2);
    expect(rulesOf(control).filter(({ kind }) => kind === 'port')).toHaveLength(1);
    expect(toLatin1(bytesOf(textOf(call(control).say('WHERE\r\n'))))).toBe(toLatin1(bytesOf(write(PORT))));
  });

  it('is served what was asked for in the control session', () => {
    const dialogue = compile(data).dialogue({ client: CLIENT, server: SERVER }, () => 0.5);
    expect(textOf(dialogue.open(NOW))).toBe('');
    const given = dialogue.feed(bytesOf('GIVE plum\r\n'), NOW);
    expect(textOf(given)).toBe('all about the plum\n');
    expect(kindsOf(given)).toEqual(['send', 'close']);
  });

  it('takes what the client sends there, whatever it is and in however many pieces', () => {
    const dialogue = compile(data).dialogue({ client: CLIENT, server: SERVER }, () => 0.5);
    dialogue.open(NOW);
    // it may even come before the request of the other session
    expect(dialogue.receive(bytesOf('line one\r\nGIVE plum\r\n'), NOW)).toEqual([]);
    const commands = [
      ...dialogue.feed(bytesOf('TAKE newname\r\n'), NOW),
      ...Array.from({ length: 50 }, (__, i) => dialogue.receive(bytesOf(`${'x'.repeat(1000)}\r\n\0${i}`), NOW)).flat(),
    ];
    expect(commands.filter(({ kind }) => kind !== 'note')).toEqual([]);
    const end = dialogue.end(NOW);
    expect(kindsOf(end)).toEqual(['close']);
    expect(end.flatMap((command) => (command.kind === 'note' ? [command.note.kind] : []))).toEqual(['answered']);
  });

  it('holds back what is said after the data until they are over', () => {
    const { dialogue, say } = call(control);
    say('WHERE\r\n');
    const first = say('GIVE pear\r\n');
    expect(textOf(first)).toBe('soon\r\n');
    expect(kindsOf(first)).toEqual(['send', 'feed', 'hold']);
    expect(first.find(({ kind }) => kind === 'feed')).toMatchObject({ port: PORT, request: bytesOf('GIVE pear\r\n') });
    // a client that does not wait: nothing overtakes
    expect(textOf(say('BYE\r\n'))).toBe('');
    expect(dialogue.dataEnded(PORT + 1, NOW)).toEqual([]);
    const rest = dialogue.dataEnded(PORT, NOW);
    expect(textOf(rest)).toBe('done, pear is out\r\nbye\r\n');
    expect(kindsOf(rest)).toEqual(['send', 'send', 'close']);
  });

  it('does not wait where the request failed or no port was asked for', () => {
    const { say } = call(control);
    expect(kindsOf(say('GIVE pear\r\n'))).toEqual(['send', 'send']);
    say('WHERE\r\n');
    expect(kindsOf(say('NOTHING plum\r\n'))).toEqual(['send']);
  });

  it('is told from the recorded one when sessions are compared', () => {
    const test = relate(visits(24, write, 7));
    for (const session of test) {
      const service = compile(serviceOf(model, serviceOfSession(session)));
      for (const { expected, given } of play(service, session, () => 0.5)) {
        // a port that nobody went to is anyone's guess
        if (!toLatin1(expected).startsWith('at')) expect(toLatin1(given)).toBe(toLatin1(expected));
      }
    }
  });
});

describe('the address beside the port', () => {
  const moved = { address: '198.51.100.23', port: 7000 };
  const told = (write: (port: number) => Words): string => {
    const service = serviceOf(learn(visits(24, write)), 'tcp/7000');
    const dialogue = compile(service).dialogue(
      { client: CLIENT, server: moved },
      () => 0.5,
      () => PORT,
    );
    dialogue.open(NOW);
    return textOf(dialogue.receive(bytesOf('WHERE\r\n'), NOW));
  };

  it.each([
    [(port: number) => `at (192,0,2,7,${port >> 8},${port & 255})\r\n`, `at (198,51,100,23,135,7)\r\n`],
    [(port: number) => `at 192.0.2.7.${port >> 8}.${port & 255}\r\n`, `at 198.51.100.23.135.7\r\n`],
    [(port: number) => `at 192.0.2.7:${port}\r\n`, `at 198.51.100.23:34567\r\n`],
    [
      (port: number) => concat([fromLatin1('at\xc0\0\x02\x07'), big(port, 2), fromLatin1('\r\n')]),
      'at\xc6\x33\x64\x17\x87\x07\r\n',
    ],
    // an address of somebody else stays
    [(port: number) => `at (192,0,2,77,${port >> 8},${port & 255})\r\n`, `at (192,0,2,77,135,7)\r\n`],
  ])('is the one served at (%#)', (write, expected) => {
    expect(told(write)).toBe(expected);
  });
});

describe('servers of other habits', () => {
  it('name ports in two ways, by what was asked', () => {
    const [plain, pair] = [ENCODINGS['a decimal number'] ?? String, ENCODINGS['two decimal bytes'] ?? String];
    const asWhere = visits(12, plain, 1);
    const asPlace = visits(12, pair, 2).map((session) => ({
      ...session,
      id: session.id + 1000,
      client: { ...session.client, address: `172.16${session.client.address.slice(4)}` },
      start: session.start + 5000,
      end: session.end + 5000,
      messages: session.messages.map((message) => ({
        ...message,
        bytes: toLatin1(message.bytes) === 'WHERE\r\n' ? bytesOf('PLACE\r\n') : message.bytes,
        time: message.time + 5000,
        lastTime: message.lastTime + 5000,
      })),
    }));
    const model = learn([...asWhere, ...asPlace]);
    expect(model.services.map(serviceName)).toEqual(['tcp/7000', 'tcp/7000/data']);
    const { say } = call(serviceOf(model, 'tcp/7000'));
    expect(textOf(say('WHERE\r\n'))).toBe(plain(PORT));
    expect(textOf(say('PLACE\r\n'))).toBe(pair(PORT));
  });

  it('give the data to whoever connects, without another request', () => {
    const dice = new Dice(4);
    const sessions = Array.from({ length: 12 }, (_, i) => {
      const [port, name] = [dice.between(20_000, 60_000), dice.pick(['sun', 'moon'])];
      const control = record(2 * i, [
        s('hi\r\n'),
        c(`FETCH ${name}\r\n`),
        s(`go ${port}\r\n`),
        c('BYE\r\n'),
        s('bye\r\n'),
      ]);
      const [head, tail] = [control.messages[2] ?? fail(), bytesOf('that was all\r\n')];
      const answer = {
        ...head,
        bytes: concat([head.bytes, tail]),
        pieces: [head.bytes.length, tail.length],
        lastTime: head.time + 0.015,
      };
      const data = record(2 * i + 1, [s(`light of the ${name}\n`)], {
        client: { ...control.client, port: 39_999 },
        server: { address: SERVER.address, port },
        start: head.time - 0.012,
        close: { by: 'server', how: 'fin' },
      });
      // the data are seen between the two pieces
      const message = { ...(data.messages[0] ?? fail()), time: head.time + 0.008, lastTime: head.time + 0.008 };
      return [
        { ...control, messages: control.messages.map((m, j) => (j === 2 ? answer : m)) },
        { ...data, start: head.time + 0.004, messages: [message] },
      ];
    }).flat();
    const model = learn(sessions);
    const { dialogue, say } = call(serviceOf(model, 'tcp/7000'));
    const commands = say('FETCH moon\r\n');
    expect(kindsOf(commands)).toEqual(['send', 'feed', 'hold']);
    expect(textOf(commands)).toBe(`go ${PORT}\r\n`);
    expect(textOf(dialogue.dataEnded(PORT, NOW))).toBe('that was all\r\n');
    const data = compile(serviceOf(model, 'tcp/7000/data')).dialogue({ client: CLIENT, server: SERVER }, () => 0.5);
    data.open(NOW);
    expect(textOf(data.feed(bytesOf('FETCH moon\r\n'), NOW))).toBe('light of the moon\n');
  });
});

describe('a client that asks on and on while data are awaited', () => {
  it('is not held for ever', () => {
    const { say } = call(serviceOf(learn(visits(24, ENCODINGS['a decimal number'] ?? String)), 'tcp/7000'));
    say('WHERE\r\n');
    say('GIVE plum\r\n');
    let said = 0;
    for (let i = 0; i < 50_000 && said === 0; i++) said = textOf(say('NOTHING plum\r\n')).length;
    expect(said).toBeGreaterThan(100_000);
  });
});

describe('a connection that the server opens to a port that the client named', () => {
  it.each(Object.entries(ENCODINGS))('as %s is told of and left out', (_, write) => {
    const dice = new Dice(3);
    const sessions = Array.from({ length: 12 }, (__, i) => {
      const control = record(2 * i, [s('hi\r\n'), c(write(dice.between(20_000, 60_000))), s('good\r\n')]);
      const port = dice.between(20_000, 60_000);
      const named = { ...control, messages: [...control.messages] };
      named.messages[1] = { ...(control.messages[1] ?? fail()), bytes: bytesOf(write(port)) };
      const back = record(2 * i + 1, [c('news\n')], {
        client: { address: SERVER.address, port: 20 },
        server: { address: control.client.address, port },
        start: control.end - 0.005,
      });
      return [named, back];
    }).flat();
    const model = learn(sessions);
    expect(model.services.map(serviceName)).toEqual(['tcp/7000']);
    expect(model.services[0]?.training.remarks.join()).toContain('12 connections that the server opened');
  });
});

describe('a server that has a few ports only', () => {
  it.each(Object.entries(ENCODINGS))('names one of them each time, as %s', (_, write) => {
    const model = learn(visits(40, write, 3, [10_000, 10_001, 10_002]));
    expect(model.services.map(serviceName)).toEqual(['tcp/7000', 'tcp/7000/data']);
    const { say } = call(serviceOf(model, 'tcp/7000'));
    expect(textOf(say('WHERE\r\n'))).toBe(toLatin1(bytesOf(write(PORT))));
  });
});

describe('what is no port of a data session', () => {
  it('the ports of other services, each of which is told to who asks for it', () => {
    const ports = { news: 8001, mail: 8002, talk: 8003 };
    const dice = new Dice(2);
    const wanted = Array.from({ length: 40 }, () => dice.pick(['news', 'mail', 'talk'] as const));
    const asked = wanted.map((what, i) =>
      record(i, [s('hi\r\n'), c(`WHERE ${what}\r\n`), s(`at ${ports[what]}\r\n`)], {
        client: { address: `10.1.0.${i + 1}`, port: 4000 },
      }),
    );
    const followed = asked.map((session, i) =>
      record(100 + i, [c('READ\r\n'), s(`some ${wanted[i] ?? ''}\r\n`)], {
        client: session.client,
        server: { address: SERVER.address, port: ports[wanted[i] ?? 'news'] },
        start: session.end - 0.005,
      }),
    );
    expect(relate([...asked, ...followed]).some((session) => session.dataOf)).toBe(false);
  });

  it('numbers in answers, and sessions to fixed ports', () => {
    const web = { address: SERVER.address, port: 8080 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), (seed) => {
        const asked = speak(
          (dice) => [s('hi\r\n'), c('ID\r\n'), s(`go to 8080, ${dice.between(1024, 65535)}\r\n`)],
          12,
          seed,
        );
        const followed = asked.map((session, i) =>
          record(50_000 + i, [c('GET\r\n'), s('here\r\n')], {
            client: session.client,
            server: web,
            start: session.end - 0.005,
          }),
        );
        const model = learn([...asked, ...followed]);
        expect(model.services.map(serviceName).sort()).toEqual(['tcp/7000', 'tcp/8080']);
        expect(rulesOf(model).map(({ kind }) => kind)).not.toContain('port');
      }),
      { numRuns: 8 },
    );
  });

  it('two bytes that happen to be a port of a scan', () => {
    const dice = new Dice(5);
    const asked = speak(() => [s('hi\r\n'), c('ID\r\n'), s(dice.bytes(400))], 20, 3);
    const scans = asked.flatMap((session, i) =>
      Array.from({ length: 100 }, (_, j) =>
        record(1000 + 100 * i + j, [s('?')], {
          client: { ...session.client, port: 1024 + j },
          server: { address: SERVER.address, port: dice.between(1024, 65535) },
          start: session.end - 0.005,
        }),
      ),
    );
    expect(relate([...asked, ...scans]).some((session) => session.dataOf)).toBe(false);
  });
});

describe('any encoding', () => {
  it('is learned back from few sessions among noise, whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.constantFrom(...Object.values(ENCODINGS)), (seed, write) => {
        const model = learn(visits(12, write, seed));
        expect(model.services.map(serviceName)).toEqual(['tcp/7000', 'tcp/7000/data']);
        const { say } = call(serviceOf(model, 'tcp/7000'));
        expect(textOf(say('WHERE\r\n'))).toBe(toLatin1(bytesOf(write(PORT))));
      }),
      { numRuns: 20 },
    );
  });
});
