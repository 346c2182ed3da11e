/** The emulator as dialogues: the client sends, the server answers, nothing is carried out. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { EMPTY, concat, fromLatin1, toLatin1 } from '../src/bytes/bytes.js';
import type { Session } from '../src/capture/types.js';
import { compile } from '../src/emulate/index.js';
import type { ServiceModel } from '../src/model/types.js';
import {
  Caller,
  Dice,
  SERVER,
  big,
  bytesOf,
  c,
  learnOne,
  record,
  s,
  speak,
  type Protocol,
  type Spoken,
  type Words,
} from './helpers/sessions.js';

/** A librarian: lines, a greeting, a card that has to be shown before books are lent. */
const librarian: Protocol = (dice) => {
  const finds = (): Spoken[] => {
    const title = dice.text(3, 12);
    return dice.pick<() => Spoken[]>([
      () => [c(`FIND ${title}\r\n`), s(`${title} is on shelf 4\r\n`)],
      () => [c('HELP\r\n'), s('FIND, CARD, LEND, RETURN, BYE\r\n')],
    ])();
  };
  const card = dice.text(4, 8, '0123456789');
  const lent = dice.text(3, 12);
  const [goodbye, close] = dice.pick([
    ['BYE', 'fin'],
    ['SHUT', 'rst'],
  ] as const);
  return {
    spoken: [
      s('library, ask away\r\n'),
      ...finds(),
      c(`CARD ${card}\r\n`),
      s('thank you\r\n'),
      c(`LEND ${lent}\r\n`),
      s(`here is ${lent}, card ${card}\r\n`),
      ...finds(),
      c(`${goodbye}\r\n`),
      ...(close === 'fin' ? [s('come again\r\n')] : []),
    ],
    close: { by: 'server', how: close },
  };
};

/** Binary frames: a type, the length of the rest in two bytes, the rest. */
const framed: Protocol = (dice) =>
  Array.from({ length: dice.between(2, 4) }, () => dice.text(1, 30)).flatMap((word) => {
    const answer = fromLatin1(`got ${word}`);
    return [c('\x11', big(word.length, 2), word), s('\x91', big(answer.length, 2), answer)];
  });

/** No framing that could be learned: two kinds of requests, neither delimited nor of one length. */
const bare: Protocol = (dice) => {
  const word = dice.text(3, 12);
  return [c(`<<${word}>>`), s(`(${word})`), c(`[stop ${dice.text(2, 6)}]`), s('stopped')];
};

const datagrams: Protocol = (dice) => {
  const [id, word] = [dice.bytes(2), dice.text(2, 12)];
  return [c(id, 'Q', word), s(id, 'A', word), c(id, 'T'), s(id, 'first'), s(id, 'second')];
};

let library: ServiceModel;
let frames: ServiceModel;
let unframed: ServiceModel;
let udp: ServiceModel;
beforeAll(() => {
  library = learnOne(speak(librarian, 30, 1));
  frames = learnOne(speak(framed, 20, 1));
  unframed = learnOne(speak(bare, 20, 1));
  udp = learnOne(speak(datagrams, 20, 1, { transport: 'udp' }));
});

describe('the opening', () => {
  it('is greeted before a byte was said', () => {
    expect(new Caller(library).greeting).toBe('library, ask away\r\n');
  });

  it('is silent where the client speaks first', () => {
    expect(new Caller(frames).greeting).toBe('');
  });
});

describe('requests in pieces', () => {
  it('byte by byte are one request, answered at the last byte', () => {
    const caller = new Caller(library);
    const request = 'FIND walrus\r\n';
    for (const byte of request.slice(0, -1))
      expect(caller.send(byte)).toMatchObject({ text: '', notes: [], waits: true });
    expect(caller.send('\n')).toMatchObject({ text: 'walrus is on shelf 4\r\n', waits: false });
  });

  it('byte by byte of a frame are one request', () => {
    const caller = new Caller(frames);
    const request = toLatin1(concat([bytesOf('\x11'), big(6, 2), bytesOf('walrus')]));
    for (const byte of request.slice(0, -1)) expect(caller.send(byte)).toMatchObject({ text: '', waits: true });
    expect(caller.send('s').text).toBe('\x91\x00\x0agot walrus');
  });

  it('without framing are one request as soon as they are one that is known', () => {
    const caller = new Caller(unframed);
    expect(caller.send('<<wal')).toMatchObject({ text: '', waits: true });
    expect(caller.send('rus>')).toMatchObject({ text: '', waits: true });
    expect(caller.send('>')).toMatchObject({ text: '(walrus)', waits: false });
  });

  it('are one where a head came that is like another request, but how requests of one kind begin', () => {
    const store: Protocol = (dice) => {
      const chunk = (least: number) => {
        const text = dice.text(least, 90);
        return concat([big(text.length, 4), bytesOf(text)]);
      };
      return dice.pick([
        [c(`z${dice.text(6, 11).toUpperCase()}\0`), s('what?\0')],
        [c('zSTORE\0', chunk(40), dice.pick([EMPTY, chunk(3)]), '\0\0\0\0'), s('stored\0')],
        [c('zASK\0'), s('nothing\0')],
      ]);
    };
    const service = learnOne(speak(store, 40, 1));
    const caller = new Caller(service);
    expect(caller.send('zSTORE\0')).toMatchObject({ text: '', waits: true });
    expect(caller.send(concat([big(50, 4), bytesOf('w'.repeat(50))])).text).toBe('');
    expect(caller.send('\0\0\0\0').text).toBe('stored\0');
    expect(new Caller(service).send('zASK\0')).toMatchObject({ text: 'nothing\0', waits: false });
    expect(new Caller(service).send('zWALRUSES\0')).toMatchObject({ text: 'what?\0', waits: false });
  });

  it('are one with an acknowledgement that came before them, though one by itself is the last thing that is said', () => {
    const sealed = (text: string) => `$${text}#${text.length.toString(16)}`;
    const acknowledged: Protocol = (dice) => {
      const name = `q${dice.text(4, 9)}`;
      const ask = (text: string, said: string) => [c(`+${sealed(text)}`), s(`+${sealed(said)}`)];
      const more = dice.between(0, 2) > 0 ? [...ask(name, `not ${name}`), ...ask('go', 'gone')] : [];
      return [...ask('here?', 'yes'), ...more, c('+')];
    };
    const caller = new Caller(learnOne(speak(acknowledged, 40, 1)));
    expect(caller.say('+$here?#5')).toBe('+$yes#3');
    expect(caller.send('+')).toMatchObject({ text: '', notes: [], waits: true });
    expect(caller.say('$qwalrus#7')).toBe('+$not qwalrus#b');
    expect(caller.say('+$go#2')).toBe('+$gone#4');
    expect(caller.say('+')).toBe('');
  });

  it('are one where all that ever began so went on, though it would be a whole request of another kind', () => {
    // a note without an answer is always sent before something else, now and then in a piece of its own
    const note = '\0\0\0[\0\0\0\x01';
    const orders: Protocol = (dice) => {
      const handle = String.fromCharCode(dice.between(1, 9));
      const simple = () => [c(`\0\0\0${dice.pick(['\x1d', '\x1e', '?', '\x15'])}\0\0\0${handle}`), s('\0\x09done')];
      const noted = () => [c(`${note}\0\0\0(\0\0\0${handle}\0\0\0\x06`), s('\0\x09six')];
      return [...simple(), ...noted(), ...simple(), ...noted()];
    };
    const service = learnOne(speak(orders, 40, 1));
    const caller = new Caller(service);
    expect(caller.send('\0\0\0\x1d\0\0\0\x05').text).toBe('\0\x09done');
    expect(caller.send(note)).toMatchObject({ text: '', waits: true });
    expect(caller.send('\0\0\0(\0\0\0\x05\0\0\0\x06').text).toBe('\0\x09six');
  });

  it('wait for as long as the framing says, and are completed later', () => {
    const caller = new Caller(library);
    const { commands } = caller.send('FIND wal');
    expect(commands).toEqual([{ kind: 'wait', milliseconds: library.framing.silence }]);
    expect(caller.send('rus\r\n').text).toBe('walrus is on shelf 4\r\n');
  });

  it('are answered as they are after silence', () => {
    const caller = new Caller(unframed);
    expect(caller.send('<<walrus>').waits).toBe(true);
    const { text, notes } = caller.silence();
    expect(notes).toMatchObject([{ kind: 'nearest' }]);
    expect(text).not.toBe('');
  });

  it('are answered at half a word by nothing when silence finds nothing', () => {
    expect(new Caller(library).silence()).toMatchObject({ text: '', commands: [] });
  });
});

describe('several requests in one piece', () => {
  it('are answered one after the other', () => {
    const caller = new Caller(library);
    expect(caller.send('FIND ant\r\nFIND bee\r\n').text).toBe('ant is on shelf 4\r\nbee is on shelf 4\r\n');
  });

  it('are cut by their length fields', () => {
    const caller = new Caller(frames);
    const two = concat(['ant', 'elephant'].flatMap((word) => [bytesOf('\x11'), big(word.length, 2), bytesOf(word)]));
    expect(caller.send(two).text).toBe('\x91\x00\x07got ant\x91\x00\x0cgot elephant');
  });

  it('are cut where a known request ends when there is no framing', () => {
    expect(new Caller(unframed).send('<<ant>><<bee>>').text).toBe('(ant)(bee)');
  });

  it('are one where they were always said as one, whatever else a part of them is like', () => {
    const protocol: Protocol = (dice) => {
      const [name, word, other] = [dice.text(3, 9), dice.text(7, 9), dice.text(4, 9)];
      const hello = [c(`HELLO {"name": "${name}", "language": "en"}\r\nREADY\r\n`), s('ready when you are\r\n')];
      const rest = dice.pick([
        [c('READY\r\n'), s('yes\r\n')],
        [c(`TAKE ${name}\r\n${word} ${other}\r\n`), s(`took ${name}\r\n`)],
        [c(`${word}: ${other}\r\n`), s('what?\r\n')],
      ]);
      return [...hello, ...rest];
    };
    const caller = new Caller(learnOne(speak(protocol, 40, 1)));
    expect(caller.say('HELLO {"name": "walrus", "language": "en"}\r\nREADY\r\n')).toBe('ready when you are\r\n');
    expect(caller.say('READY\r\n')).toBe('yes\r\n');
  });

  it('leave the half one at the end waiting', () => {
    const caller = new Caller(library);
    expect(caller.send('FIND ant\r\nFIND b')).toMatchObject({ text: 'ant is on shelf 4\r\n', waits: true });
    expect(caller.send('ee\r\n').text).toBe('bee is on shelf 4\r\n');
  });

  it('behind the one that ends the session are not answered', () => {
    const { text, close } = new Caller(library).send('BYE\r\nFIND ant\r\n');
    expect(text).toBe('come again\r\n');
    expect(close).toBe('fin');
  });
});

describe('however the stream is cut, the answers are the same', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60 });
  const inPieces = (service: ServiceModel, stream: Uint8Array, lengths: readonly number[]): string => {
    const caller = new Caller(service);
    let text = '';
    let at = 0;
    for (const length of [...lengths, stream.length]) {
      text += caller.send(stream.subarray(at, at + length)).text;
      at += length;
    }
    return text;
  };

  it('for lines', () => {
    const stream = bytesOf('HELP\r\nCARD 12345\r\nLEND walrus\r\nFIND otter\r\nBYE\r\n');
    const whole = inPieces(library, stream, []);
    expect(whole).toContain('here is walrus, card 12345\r\n');
    fc.assert(
      fc.property(cuts, (lengths) => {
        expect(inPieces(library, stream, lengths)).toBe(whole);
      }),
    );
  });

  it('for frames', () => {
    const words = ['ant', 'b', 'elephant', 'walrus and otter'];
    const stream = concat(words.flatMap((word) => [bytesOf('\x11'), big(word.length, 2), bytesOf(word)]));
    const whole = inPieces(frames, stream, []);
    expect(whole).toContain('got walrus and otter');
    fc.assert(
      fc.property(cuts, (lengths) => {
        expect(inPieces(frames, stream, lengths)).toBe(whole);
      }),
    );
  });
});

describe('what is not known', () => {
  it('is noted as unknown and answered by nothing', () => {
    const { text, notes } = new Caller(library).send('%%%%%%%%%%%%\r\n');
    expect(text).toBe('');
    expect(notes).toMatchObject([{ kind: 'unknown' }]);
    expect(toLatin1(notes[0]?.request ?? new Uint8Array(0))).toBe('%%%%%%%%%%%%\r\n');
  });

  it('is answered as the nearest known request, says so, and how near it is', () => {
    const { notes } = new Caller(library).send('HELPP\r\n');
    expect(notes).toMatchObject([{ kind: 'nearest' }]);
    const [note] = notes;
    expect(note?.kind === 'nearest' ? note.why : '').toMatch(/^\d+ % of .*«HELP\\r\\n»/);
  });

  it('keeps its whole value when what ends it has lost a byte', () => {
    const names = ['anna', 'bertram', 'cecily', 'dorothea', 'edwin', 'frida', 'gustav', 'hilda'];
    const waiter = learnOne(
      names.map((name, i) => record(i, [c(`a table for ${name}\r\n`), s(`welcome, ${name}\r\n`)])),
    );
    expect(new Caller(waiter).say('a table for maximiliane\n')).toMatch(/^welcome, maximiliane\s/);
  });

  it('does not change what the next request gets', () => {
    const caller = new Caller(library);
    caller.send('CARD 777\r\n');
    caller.send('%%%%%%%%%%%%\r\n');
    expect(caller.send('LEND walrus\r\n').text).toBe('here is walrus, card 777\r\n');
  });

  it('here but known elsewhere in the service is answered and marked so', () => {
    const { text, notes } = new Caller(library).send('LEND walrus\r\n');
    expect(text).toMatch(/^here is walrus/);
    expect(notes).toMatchObject([{ kind: 'answered', known: 'elsewhere' }]);
  });

  it('and what is known here is marked so too', () => {
    const { notes } = new Caller(library).send('HELP\r\n');
    expect(notes).toMatchObject([{ kind: 'answered', known: 'here' }]);
  });
});

describe('the end of a session', () => {
  it('comes by FIN where the server closed so', () => {
    const caller = new Caller(library);
    expect(caller.send('BYE\r\n')).toMatchObject({ text: 'come again\r\n', close: 'fin' });
    expect(caller.dialogue.closed).toBe(true);
  });

  it('comes by RST where the server closed so', () => {
    expect(new Caller(library).send('SHUT\r\n')).toMatchObject({ text: '', close: 'rst' });
  });

  it('comes by FIN when the client closes', () => {
    const caller = new Caller(library);
    expect(caller.end()).toMatchObject({ text: '', close: 'fin' });
    expect(caller.dialogue.closed).toBe(true);
  });

  it('comes after the answer to what a client said before it closed its side', () => {
    const caller = new Caller(unframed);
    expect(caller.send('<<walrus>').waits).toBe(true);
    const { commands } = caller.end();
    expect(commands.map(({ kind }) => kind)).toEqual(['note', 'send', 'close']);
  });

  it('is final: nothing is said or closed afterwards', () => {
    const caller = new Caller(library);
    caller.send('BYE\r\n');
    expect(caller.send('FIND ant\r\n').commands).toEqual([]);
    expect(caller.silence().commands).toEqual([]);
    expect(caller.end().commands).toEqual([]);
  });

  it('does not come where the client was the one that closed', () => {
    const service = learnOne(speak((dice) => [c(`SAY ${dice.text(3, 9)}\n`), s('said\n')], 10, 1));
    const caller = new Caller(service);
    expect(caller.send('SAY so\n').close).toBeNull();
    expect(caller.send('SAY again\n').text).toBe('said\n');
  });

  it('comes right behind the greeting where that was all the server did', () => {
    const turned: Session[] = Array.from({ length: 5 }, (_, i) =>
      record(i, [s('too busy\r\n')], { close: { by: 'server', how: 'fin' } }),
    );
    const caller = new Caller(learnOne(turned));
    expect(caller.greeting).toBe('too busy\r\n');
    expect(caller.dialogue.closed).toBe(true);
  });
});

describe('datagrams', () => {
  it('are a request each, whatever they hold', () => {
    const caller = new Caller(udp);
    expect(caller.send('\x00\x07Qwalrus')).toMatchObject({ text: '\x00\x07Awalrus', waits: false });
    expect(caller.send('\x00\x08Qbee')).toMatchObject({ text: '\x00\x08Abee', waits: false });
  });

  it('are answered by as many datagrams as the server sent', () => {
    const { commands } = new Caller(udp).send('\x00\x07T');
    const sent = commands.flatMap((command) => (command.kind === 'send' ? [toLatin1(command.bytes)] : []));
    expect(sent).toEqual(['\x00\x07first', '\x00\x07second']);
  });

  it('come from a port of their own where they did', () => {
    const sessions = Array.from({ length: 8 }, (_, i) =>
      record(i, [c(`get ${'abcdefgh'.slice(i)}`), { ...s('data'), serverPort: 50_000 + i }], { transport: 'udp' }),
    );
    const { commands } = new Caller(learnOne(sessions)).send('get it');
    expect(commands.filter(({ kind }) => kind === 'send')).toMatchObject([{ freshPort: true }]);
  });

  it('that are empty are nothing', () => {
    expect(new Caller(udp).send('').commands).toEqual([]);
  });
});

describe('at another address than the one that was recorded', () => {
  const utf16 = (text: string): string => Array.from(text, (character) => `${character}\x00`).join('');
  const learned = (exchange: (dice: Dice) => Spoken[]): ServiceModel => learnOne(speak(exchange, 12, 3));
  const ask = (service: ServiceModel, address: string, words: Words, port = SERVER.port): string =>
    new Caller(service, { server: { address, port } }).say(words);

  const name = (dice: Dice): string => dice.text(3, 9);

  it('the answers name the address that is served', () => {
    const service = learned((dice) => [c(`WHERE ${name(dice)}\n`), s(`at ${SERVER.address} in the rack\n`)]);
    expect(ask(service, '203.0.113.90', 'WHERE x\n')).toBe('at 203.0.113.90 in the rack\n');
  });

  it('the answers name it in UTF-16 too, either way round', () => {
    const little = learned((dice) => [c(`W ${name(dice)}\n`), s(utf16(`at ${SERVER.address} `), '\x01')]);
    expect(ask(little, '203.0.113.90', 'W x\n')).toBe(`${utf16('at 203.0.113.90 ')}\x01`);
    const big = learned((dice) => [c(`W ${name(dice)}\n`), s('\x00', utf16(`at ${SERVER.address} `), '\x01')]);
    expect(ask(big, '203.0.113.90', 'W x\n')).toBe(`\x00${utf16('at 203.0.113.90 ')}\x01`);
  });

  it('the port behind it goes with it', () => {
    const service = learned((dice) => [c(`WHERE ${name(dice)}\n`), s(`at ${SERVER.address}:${SERVER.port}.\n`)]);
    expect(ask(service, '203.0.113.90', 'WHERE x\n', 8123)).toBe('at 203.0.113.90:8123.\n');
    expect(ask(service, SERVER.address, 'WHERE x\n', 8123)).toBe(`at ${SERVER.address}:8123.\n`);
  });

  it('the answers name it in binary beside the port', () => {
    const [here, there] = ['\xc0\x00\x02\x07', '\xcb\x00\x71\x5a'];
    const service = learned((dice) => [c(`W ${name(dice)}\n`), s('\x01', big(SERVER.port, 2), here, '\x02', here)]);
    expect(ask(service, '203.0.113.90', 'W x\n', 8123)).toBe(`\x01\x1f\xbb${there}\x02${here}`);
  });

  it('requests that hold it are known', () => {
    const service = learned((dice) => [c(`CALL ${SERVER.address} FOR ${name(dice)}\n`), s('called\n')]);
    const caller = new Caller(service, { server: { address: '203.0.113.90', port: SERVER.port } });
    const { text, notes } = caller.send('CALL 203.0.113.90 FOR me\n');
    expect(text).toBe('called\n');
    expect(notes).toMatchObject([{ kind: 'answered', known: 'here' }]);
  });

  it('so is one with the port as two numbers more', () => {
    const [high, low] = [SERVER.port >> 8, SERVER.port & 255];
    const service = learned((dice) => [
      c(`AT ${SERVER.address}.${high}.${low} IS ${name(dice)}\n`),
      s(`${SERVER.address}.${high}.${low} and ${SERVER.address}.3.4, not ${SERVER.address}.3\n`),
    ]);
    const caller = new Caller(service, { server: { address: '203.0.113.90', port: 0x0102 } });
    const { text, notes } = caller.send('AT 203.0.113.90.1.2 IS x\n');
    expect(text).toBe(`203.0.113.90.1.2 and 203.0.113.90.3.4, not ${SERVER.address}.3\n`);
    expect(notes).toMatchObject([{ kind: 'answered', known: 'here' }]);
  });

  it('an address that only begins alike is another one', () => {
    const service = learned((dice) => [c(`NEXT ${name(dice)}\n`), s(`ask ${SERVER.address}1 or 1${SERVER.address}\n`)]);
    expect(ask(service, '203.0.113.90', 'NEXT x\n')).toBe(`ask ${SERVER.address}1 or 1${SERVER.address}\n`);
  });

  it('the new address may begin like the old one', () => {
    const service = learned((dice) => [c(`WHERE ${name(dice)}\n`), s(`at ${SERVER.address}:${SERVER.port}.\n`)]);
    expect(ask(service, `${SERVER.address}7`, 'WHERE x\n', 8123)).toBe(`at ${SERVER.address}7:8123.\n`);
  });

  // What decides stands behind the address, whose length moves it.
  it('what is asked behind the address decides as it did, however long the address is', () => {
    const lamp = (dice: Dice): Spoken[] => {
      const [colour, answer] = dice.pick([
        ['R', 'stop'],
        ['G', 'go'],
        ['B', 'wait a bit'],
      ] as const);
      return [c(`CALL ${SERVER.address} ${colour}${dice.text(3, 3)}\r\n`), s(`${answer}\r\n`)];
    };
    const service = learnOne(speak(lamp, 30, 1));
    const answers = ['R', 'G', 'B'].map((colour) =>
      ask(service, '203.0.113.190', `CALL 203.0.113.190 ${colour}xyz\r\n`),
    );
    expect(answers).toEqual(['stop\r\n', 'go\r\n', 'wait a bit\r\n']);
  });

  it('one compiled service serves many addresses', () => {
    const compiled = compile(learned((dice) => [c(`WHERE ${name(dice)}\n`), s(`at ${SERVER.address} in the rack\n`)]));
    for (const address of ['203.0.113.90', '198.51.100.2', '203.0.113.90', 'fd00::1']) {
      const caller = new Caller(compiled, { server: { address, port: SERVER.port } });
      expect(caller.say('WHERE x\n')).toBe(`at ${address} in the rack\n`);
    }
  });
});
