/** What one or two samples teach: copies believed on sight, the nearest request by its words, and the usual way on. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Caller, NOW, big, c, learnOne, record, s, type Spoken } from '../../tests/helpers/sessions.js';

const word = fc.stringMatching(/^[a-z]{6,10}[0-9]{2,4}$/);

/** Sessions of clients of several names, in all of which but one the same is said. */
function withOnce(names: readonly string[], often: (name: string) => readonly Spoken[], once: readonly Spoken[]) {
  return names.map((name, id) => record(id, [...often(name), ...(id === 0 ? once : [])]));
}

const names = ['alice77', 'bernd12', 'carol901', 'dieter4', 'emil3333'];
const hello = (name: string) => [c(`HELO ${name}\r\n`), s(`hi ${name}\r\n`)];

describe('one sample of a request', () => {
  it('teaches to give another request of its kind its own words back', () => {
    fc.assert(
      fc.property(word, word, word, (room, other, reason) => {
        fc.pre(new Set([room, other, reason]).size === 3 && !names.includes(room) && !names.includes(reason));
        const once = [c(`JOIN #${room} :${reason}\r\n`), s(`:joined #${room} because of ${reason}\r\n`)];
        const caller = new Caller(learnOne(withOnce(names, hello, once)));
        caller.say('HELO zacharias8\r\n');
        expect(caller.say(`JOIN #${room} :${reason}\r\n`)).toBe(`:joined #${room} because of ${reason}\r\n`);
        const said = caller.send(`JOIN #${other} :nothing\r\n`);
        const all = said.text + (said.waits ? caller.silence().text : '');
        expect(all).toBe(`:joined #${other} because of nothing\r\n`);
      }),
      { numRuns: 20 },
    );
  });

  it('teaches nothing about a request that begins with another word', () => {
    const once = [c('JOIN #teahouse42\r\n'), s(':joined #teahouse42\r\n')];
    const caller = new Caller(learnOne(withOnce(names, hello, once)));
    caller.say('HELO zacharias8\r\n');
    expect(caller.say('PART #teahouse42\r\n')).toBe('');
  });

  it('tells of the likeness in words and separators', () => {
    const once = [c('JOIN #teahouse42 now\r\n'), s(':joined #teahouse42\r\n')];
    const caller = new Caller(learnOne(withOnce(names, hello, once)));
    const first = caller.send('JOIN #x!y@somewhere else now\r\n');
    const notes = [...first.notes, ...(first.waits ? caller.silence().notes : [])];
    expect(notes.map(({ kind }) => kind)).toEqual(['nearest']);
  });

  it('teaches a name said earlier in the session, and the client’s address', () => {
    const sessions = names.map((name, id) => {
      const client = { address: `10.20.30.${100 + id}`, port: 40_000 + id };
      const once = [c('WHO teahouse42\r\n'), s(`teahouse42: ${name} at ${client.address}\r\n`)];
      return record(id, [c(`NAME ${name}\r\n`), s('fine\r\n'), ...(id === 1 ? once : [])], { client });
    });
    const caller = new Caller(learnOne(sessions));
    caller.say('NAME zacharias8\r\n');
    expect(caller.say('WHO teahouse42\r\n')).toBe('teahouse42: zacharias8 at 10.99.3.14\r\n');
  });

  it('teaches a name between blanks whatever its length is', () => {
    const sessions = names.map((name, id) => {
      const once = [c('WHO teahouse42\r\n'), s(`:here 332 ${name} teahouse42 ${name} 77\r\n`)];
      return record(id, [c(`USER ${name} at home\r\n`), s('fine\r\n'), ...(id === 1 ? once : [])]);
    });
    const caller = new Caller(learnOne(sessions));
    caller.say('USER maximilian12345 at home\r\n');
    expect(caller.say('WHO teahouse42\r\n')).toBe(':here 332 maximilian12345 teahouse42 maximilian12345 77\r\n');
  });

  it('teaches no length in a text, where every letter is one by chance', () => {
    const reason = 'because it is said that the kettle of the house is no longer as hot as it ought to be at this hour';
    const rest = (room: string) => `n #${room} ${reason}\r\n`;
    const sign = String.fromCharCode(rest('teahouse42').length);
    expect(sign).toBe('r');
    const once = [c('TOPIC #teahouse42\r\n'), s(`tu${sign}${rest('teahouse42')}`)];
    const caller = new Caller(learnOne(withOnce(names, hello, once)));
    caller.say('HELO zacharias8\r\n');
    expect(caller.say('TOPIC #coffee7\r\n')).toBe(`tur${rest('coffee7')}`);
  });

  it('teaches that a number in a text is the length of what stands behind it', () => {
    const page = (name: string) => `<p>${name} is not here</p>\n`;
    const once = [
      c('PAGE teahouse42\r\n'),
      s(`there\r\nsize: ${page('teahouse42').length}\r\n\r\n${page('teahouse42')}`),
    ];
    const caller = new Caller(learnOne(withOnce(names, hello, once)));
    caller.say('HELO zacharias8\r\n');
    expect(caller.say('PAGE inn7\r\n')).toBe(`there\r\nsize: ${page('inn7').length}\r\n\r\n${page('inn7')}`);
  });

  it('teaches no length where what varies is not part of what is counted', () => {
    const once = [
      c('PAGE teahouse42\r\n'),
      s('moved to: /teahouse42\r\nsize: 12\r\nat: /teahouse42\r\n\r\nnot here now'),
    ];
    const caller = new Caller(learnOne(withOnce(names, hello, once)));
    caller.say('HELO zacharias8\r\n');
    expect(caller.say('PAGE inn7\r\n')).toBe('moved to: /inn7\r\nsize: 12\r\nat: /inn7\r\n\r\nnot here now');
  });

  it('takes what a line is about for no value, though another client says it too', () => {
    const once = [c('PAGE teahouse42\r\nMode: quick\r\n\r\n'), s('Mode: slow\r\n\r\nteahouse42\r\n')];
    const caller = new Caller(learnOne(withOnce(names, hello, once)));
    caller.say('HELO zacharias8\r\n');
    expect(caller.say('PAGE inn7\r\nAccept: quick\r\n\r\n')).toBe('Mode: slow\r\n\r\ninn7\r\n');
  });

  it('teaches that a number is counted on, and what was said last about the same thing', () => {
    const kept = (name: string, text: string) => [
      ...[c(`put ${name} ${text}\n`), s('fine\n'), c(`get ${name}\n`), s(`${text.length}\n${text}\n`)],
      ...[c(`drop ${name}\n`), s('gone\n')],
    ];
    const grown = [c('put kettle8 19\n'), s('fine\n'), c('add kettle8\n'), s('now 20\n')];
    const texts = ['porcelain', 'green', 'some hot water', 'sugar', 'milk and honey'];
    const sessions = texts.map((text, id) => record(id, kept(names[id] ?? '', text)));
    sessions.push(record(5, [...grown, c('get kettle8\n'), s('2\n20\n')]));
    const caller = new Caller(learnOne(sessions));
    caller.say('put teapot1234 576\n');
    expect(caller.say('add teapot1234\n')).toBe('now 577\n');
    expect(caller.say('get teapot1234\n')).toBe('3\n577\n');
    caller.say('put cup12 a spoon\n');
    expect(caller.say('get cup12\n')).toBe('7\na spoon\n');
  });

  it('teaches that a date which is the second of the answer is the clock', () => {
    const sessions = names.map((name, id) => record(id, [...hello(name)]));
    const [first] = sessions;
    if (!first) throw new Error('no session');
    const at = new Date(Math.floor(first.start + 0.08) * 1000).toISOString().replace('T', ' ').slice(0, 19);
    const timed = record(0, [...hello('alice77'), c('DATE\r\n'), s(`it is ${at}\r\n`)]);
    const caller = new Caller(learnOne([timed, ...sessions.slice(1)]));
    const now = new Date(NOW).toISOString().replace('T', ' ').slice(0, 16);
    expect(caller.say('DATE\r\n')).toContain(`it is ${now}`);
  });

  it('keeps what the client did not say', () => {
    fc.assert(
      fc.property(word, word, (room, motto) => {
        fc.pre(room !== motto && !motto.includes(room) && !room.includes(motto));
        const once = [c(`TOPIC #${room}\r\n`), s(`:the topic is ${motto}\r\n`)];
        const caller = new Caller(learnOne(withOnce(names, hello, once)));
        expect(caller.say('TOPIC #elsewhere1\r\n')).toBe(`:the topic is ${motto}\r\n`);
      }),
      { numRuns: 20 },
    );
  });
});

describe('few samples of a binary request', () => {
  it('are told apart by words where lengths differ', () => {
    const open = (id: number, name: string) => Uint8Array.of(0xfe, 0x25, 0, id, ...big(name.length, 2));
    const sessions = names.map((name, id) => {
      const once = [c(open(id, '\\pipe\\spool55'), '\\pipe\\spool55'), s(Uint8Array.of(0xfe, 0xa5, 0, id), 'denied')];
      return record(id, [
        c(Uint8Array.of(0xfe, 1, 0, id), name),
        s(Uint8Array.of(0xfe, 0x81, 0, id)),
        ...(id === 2 ? once : []),
      ]);
    });
    const caller = new Caller(learnOne(sessions));
    const answer = caller.say(String.fromCharCode(...open(9, '\\pipe\\elsewhere')) + '\\pipe\\elsewhere');
    expect(answer).toContain('denied');
  });
});

describe('a request that no class fits', () => {
  const ask = (code: number, ...rest: number[]) => c(Uint8Array.of(code, 0, 7, ...rest));
  const talk = (id: number) =>
    record(id, [
      ask(0x10, 1, 2, 3, 4, 5, 6, 7, 8),
      s('first'),
      ask(0x55, 0xee, 0xdd, 0xcc, 0xbb, 0xaa, 0x99, id),
      s('second'),
    ]);
  const sessions = [1, 2, 3, 4].map(talk);

  it('is answered as the recorded one that it has most bytes in common with, and is not taken for known', () => {
    const caller = new Caller(learnOne(sessions));
    const { text, notes } = caller.send('\x56\x00\x09\xee\xdd\xcc\xba\xaa\x98');
    expect(text || caller.silence().text).toBe('second');
    expect(notes.every(({ kind }) => kind !== 'answered')).toBe(true);
  });

  it('is not answered where it has next to nothing in common with any', () => {
    const caller = new Caller(learnOne(sessions));
    expect(caller.say('\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9')).toBe('');
  });

  it('is answered as the one with its word where that stands elsewhere in it', () => {
    const said = { PING: '+PONG', STOP: '+STOPPED', LIST: '+NOTHING' };
    const plain = Object.entries(said).map(([verb, answer], id) => record(id, [c(`${verb}\r\n`), s(`${answer}\r\n`)]));
    const caller = new Caller(learnOne(plain));
    expect(caller.say('#1 STOP\r\n')).toBe('+STOPPED\r\n');
    expect(caller.say('#1\r\n')).toBe('');
  });
});

describe('a question to which everything was an answer', () => {
  const login = (id: number, user: string) =>
    record(id, [s('login: '), c(`${user}\n`), s(`${user}\r\npassword: `), c(`secret${id}\n`), s('welcome\r\n$ ')]);

  it('is answered whatever is said, and it is noted as unknown', () => {
    const users = ['root', 'support', 'admin', 'root', 'support', 'admin', 'guest'];
    const caller = new Caller(learnOne(users.map((user, id) => login(id, user))));
    expect(caller.say('zacharias-8\n')).toContain('password: ');
  });

  it('is not where it was answered in as many ways', () => {
    const answers = { GET: 'nothing there', PUT: 'thank you', DEL: 'gone', LST: '3 files' };
    const sessions = Object.entries(answers).flatMap(([verb, answer], k) =>
      [0, 1].map((n) => record(2 * k + n, [s('ready\r\n'), c(`${verb}\r\n`), s(`${answer}\r\n`)])),
    );
    const caller = new Caller(learnOne(sessions));
    expect(caller.say('\x01\x02\x03')).toBe('');
  });
});

describe('what one client says again and again', () => {
  it('is nobody else’s word', () => {
    const talk = (id: number, room: string) =>
      record(id, [
        ...['JOIN', 'PART', 'LIST', 'FIND'].flatMap((verb) => [c(`${verb} ${room} now\r\n`), s(`${verb}: ok\r\n`)]),
      ]);
    const sessions = [talk(0, 'teahouse4211'), talk(1, 'marketplace77'), talk(2, 'lighthouse9000')];
    const caller = new Caller(learnOne(sessions));
    for (const verb of ['LIST', 'JOIN', 'FIND', 'PART'])
      expect(caller.say(`${verb} somewhere123 now\r\n`)).toBe(`${verb}: ok\r\n`);
  });
});
