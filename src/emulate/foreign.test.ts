/** What a scanner says to every port, in the hope that something gives itself away: nothing of it is answered as if it were a request. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ServiceModel } from '../model/types.js';
import { Caller, big, c, learnOne, record, s, speak, type Protocol } from '../../tests/helpers/sessions.js';

const lines: Protocol = (dice) => {
  const word = dice.text(3, 12);
  return [
    s('220 ready\r\n'),
    c(`IAM ${word}\r\n`),
    s(`250 hello ${word}\r\n`),
    c(`KEEP ${dice.text(2, 9)} ${dice.text(5, 20)}\r\n`),
    s('250 kept\r\n'),
    c('BYE\r\n'),
    s('221 bye\r\n'),
  ];
};
/** Frames with a mark that all have, a number, and their length. */
const frames: Protocol = (dice) => {
  const [number, word] = [dice.bytes(2), dice.text(2, 30)];
  const frame = (code: string, body: string) => ['\x00\x05\xd7\x01', code, number, big(body.length, 2), body];
  return [
    c(...frame('\x11', word)),
    s(...frame('\x91', `<${word}>`)),
    c(...frame('\x12', '')),
    s(...frame('\x92', '')),
  ];
};
/** Everybody says the same first. */
const eager: Protocol = (dice) => {
  const word = dice.text(3, 12);
  return [
    c('*1\r\nTELL ALL\r\n'),
    s('a long list of all there is\r\n'),
    c(`*2\r\nGIVE ${word}\r\n`),
    s(`${word}!\r\n`),
  ];
};
const login: Protocol = (dice) => [
  s('login: '),
  c('root\r\n'),
  s('password: '),
  c(`${dice.text(5, 9)}\r\n`),
  s('wrong\r\nlogin: '),
];

/** Options are agreed on before anything else; then names are given back. */
const agreed: Protocol = (dice) => {
  const [name, word] = [dice.text(3, 9), dice.text(4, 9)];
  return [
    c('\xff\xfb\x18\xff\xfd\x03'),
    s('\xff\xfd\x18\r\nname: '),
    c(`${name}\r\n`),
    s(`${name}\r\nword: `),
    c(`${word}\r\n`),
    s('\r\n$ '),
    c('who\r\n'),
    s(`who\r\n${name}\r\n$ `),
  ];
};

/** What scanners say: text and bytes of many protocols, cut or whole. */
const PROBES: readonly string[] = [
  'GET / HTTP/1.0\r\n\r\n',
  'HELP\r\n',
  'SSH-2.0-scan\r\n',
  '\x16\x03\x01\x00\x65\x01\x00\x00\x61\x03\x03' + 'U'.repeat(32) + '\x00\x00\x0c\x00/\x00\x0a\x00\x13\x00\x39',
  '\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x02\x04\x00\x80\x00',
  '\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x00\x00',
  '\x00\x0c\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00',
  '\x00'.repeat(64),
  `${'A'.repeat(300)}\r\n`,
];

const machines: Record<string, ServiceModel> = {};
beforeAll(() => {
  for (const [name, protocol] of Object.entries({ lines, frames, eager, login, agreed }))
    machines[name] = learnOne(speak(protocol, 25, 1));
});
function caller(name: string): Caller {
  const found = machines[name];
  if (!found) throw new RangeError(name);
  return new Caller(found);
}

describe('what belongs to another protocol', () => {
  it.each(['lines', 'frames', 'eager'])('gets no answer from a machine of %s', (name) => {
    for (const probe of PROBES) expect([probe, caller(name).say(probe)]).toEqual([probe, '']);
  });

  it('gets none where something else is always said first, though later it would be answered', () => {
    for (const probe of PROBES.filter((said) => said.endsWith('\r\n')))
      expect([probe, caller('agreed').say(probe)]).toEqual([probe, '']);
    const at = caller('agreed');
    expect(at.say('\xff\xfb\x18\xff\xfd\x03')).toBe('\xff\xfd\x18\r\nname: ');
    expect(at.say('SSH-2.0-scan\r\n')).toBe('SSH-2.0-scan\r\nword: ');
  });

  it('ends the session where it is a whole frame, and said first', () => {
    const probe = '\x13\x37\x00\x99\x55ab\x00\x02ab';
    expect(caller('frames').send(probe)).toMatchObject({ text: '', close: 'fin' });
    const at = caller('frames');
    expect(at.say('\x00\x05\xd7\x01\x11ab\x00\x03wal')).toBe('\x00\x05\xd7\x01\x91ab\x00\x05<wal>');
    expect(at.send(probe)).toMatchObject({ text: '', close: null });
  });

  it('leaves it open where more may come of it', () => {
    const at = caller('frames');
    expect(at.send('GET / HTTP/1.0\r\n\r\n').close).toBe(null);
    expect(at.silence().close).toBe(null);
  });

  it('is told to be unknown, with a reason', () => {
    const { notes } = caller('lines').send('\x00\x01\x02\x03\r\n');
    expect(notes).toMatchObject([{ kind: 'unknown', why: 'it is no text, as all requests of training are' }]);
    const text = caller('frames').send('\x00\x05\xd7\x01');
    expect(text.notes).toEqual([]);
  });

  it('does not keep the session from going on', () => {
    const at = caller('lines');
    expect(at.say('\x16\x03\x01\x00\x00\x01\r\n')).toBe('');
    expect(at.say('IAM walrus\r\n')).toBe('250 hello walrus\r\n');
  });
});

describe('what is asked otherwise than anybody did', () => {
  it('is answered as before where it is of the protocol', () => {
    expect(caller('lines').say('IAM Zoë of the north\r\n'.replace('ë', '\xc3\xab'))).toContain('250 hello');
    expect(caller('frames').say('\x00\x05\xd7\x01\x11\xfe\xfe\x00\x03abc')).toBe(
      '\x00\x05\xd7\x01\x91\xfe\xfe\x00\x05<abc>',
    );
  });

  it('is answered behind a prompt, whatever it is', () => {
    expect(caller('login').say('admin\r\n')).toBe('password: ');
  });
});

describe('what scanners said while it was recorded', () => {
  const noise = [
    'XYZZY 1\r\n',
    '\x00\x01\x02\x03\x04\r\n',
    'OPTIONS * X/1\r\n',
    '<?xml?>\r\n',
    '\x80\x9e\x01\x03\r\n',
  ].map((said, i) => record(900 + i, [s('220 ready\r\n'), c(said), s('500 what?\r\n')]));

  it('tells what a server answers to what it does not know', () => {
    const noisy = learnOne([...speak(lines, 100, 1), ...noise]);
    for (const probe of ['FOO BAR\r\n', '\x16\x03\x01\x00\x65\r\n', 'SSH-2.0-scan\r\n'])
      expect([probe, new Caller(noisy).say(probe)]).toEqual([probe, '500 what?\r\n']);
    expect(new Caller(noisy).say('IAM walrus\r\n')).toBe('250 hello walrus\r\n');
  });
});

describe('half a frame', () => {
  it('is waited for, however long it takes', () => {
    const at = caller('frames');
    expect(at.say('\x00\x05\xd7\x01\x11ab\x00\x05wal')).toBe('');
    at.silence();
    at.silence();
    expect(at.say('ru')).toBe('\x00\x05\xd7\x01\x91ab\x00\x07<walru>');
  });

  it('of any kind is not answered', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        const at = caller('frames');
        // another mark than all frames have
        const strange = Uint8Array.from([bytes[0] === 0 ? 7 : (bytes[0] ?? 7), 0xaa, 0xbb, 0xcc, ...bytes.subarray(1)]);
        expect(at.say(strange)).toBe('');
      }),
      { numRuns: 200 },
    );
  });
});
