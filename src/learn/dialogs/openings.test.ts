/** Frames behind an opening, of other forms, and of which several are one request. */
import { describe, expect, it } from 'vitest';
import { worked } from '../../../tests/helpers/patience.js';
import { EMPTY, concat, fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import { compile } from '../../emulate/index.js';
import {
  big,
  bytesOf,
  c,
  Caller,
  Dice,
  learnOne,
  s,
  seeds,
  speak,
  type Words,
} from '../../../tests/helpers/sessions.js';
import { learnFraming } from './framing.js';
import { learnRequests, type Said } from './openings.js';

const SIZE = 22;
const GREETING = concat([fromLatin1('\xffPOSTAL 7'), new Uint8Array(SIZE - 9)]);
const ANSWER = fromLatin1('\xffPOSTAL 7 at your service');
const PART = 1;

/** A kind, the length in one byte, and what it is the length of; long ones are of a kind that has four bytes for it. */
function frame(kind: number, words: Words): Uint8Array {
  const bytes = bytesOf(words);
  if (bytes.length > 255) return concat([Uint8Array.of(kind | 2), big(bytes.length, 4), bytes]);
  return concat([Uint8Array.of(kind, bytes.length), bytes]);
}

/** Frames that are one request: all but the last one are parts. */
const frames = (...parts: readonly Words[]): Uint8Array =>
  concat(parts.map((part, i) => frame(i === parts.length - 1 ? 0 : PART, part)));
const hello = (dice: Dice) => frame(8, `I am ${dice.text(3, 9)}`);

/** What was said is said back, its last part first; the first one comes with the client's name behind the greeting. */
const postal = (most: number) => (dice: Dice) => {
  const name = dice.text(3, 9);
  const text = dice.between(0, 6) === 0 ? dice.text(260, 300) : dice.text(3, most);
  const more = Array.from({ length: dice.between(0, 2) }, () => dice.text(2, 6));
  const half = dice.between(9, 12);
  return [
    c(GREETING.subarray(0, half)),
    s(ANSWER.subarray(0, 4)),
    c(GREETING.subarray(half)),
    s(ANSWER.subarray(4)),
    c(hello(dice), frames('tell', ...more, name, text)),
    s(frames('told', name)),
    c(frames('ask', name)),
    s(frames('asked', name)),
  ];
};

/** The same, with a greeting that is cut where the server's own one falls into it, or nowhere; and then one message only. */
const raced = (dice: Dice) => {
  const cut = dice.pick([0, 0, 9, 10, 11, 12]);
  const head = [
    c(GREETING.subarray(0, cut)),
    s(ANSWER.subarray(0, 4)),
    c(GREETING.subarray(cut)),
    s(ANSWER.subarray(4)),
  ];
  const text = cut === 0 && dice.between(0, 2) === 0 ? dice.text(260, 300) : dice.text(3, 60);
  const name = dice.text(3, 9);
  return [
    ...(cut === 0 ? [c(GREETING), s(ANSWER)] : head),
    c(hello(dice), frames('tell', name, text)),
    s(frames('told', name)),
  ];
};

/** What the client says in each session, and what it is answered. */
const saidIn = (sessions: ReturnType<typeof speak>): Said[][] =>
  sessions.map(({ messages }) =>
    messages.flatMap(({ from, bytes }, i) =>
      from === 'client' ? [{ bytes, answer: messages[i + 1]?.bytes ?? null }] : [],
    ),
  );
const alone = (...messages: readonly Uint8Array[]): Said[] => messages.map((bytes) => ({ bytes, answer: EMPTY }));

describe('frames behind an opening', () => {
  it.each(seeds())('are found with those of other forms and those that go on (seed %i)', (seed) => {
    const framing = learnRequests(saidIn(speak(postal(40), 40, seed)));
    expect(framing.opening).toBe(SIZE);
    expect(framing.length).toMatchObject({ offset: 1, codec: { kind: 'binary', width: 1 }, add: 0 });
    expect(framing.length?.others).toEqual([expect.objectContaining({ first: 2 })]);
    expect(framing.more).toEqual([PART]);
  });

  it.each(seeds())('are found where both sides speak at once (seed %i)', (seed) => {
    const framing = learnRequests(saidIn(speak(raced, 40, seed)));
    expect(framing.opening).toBe(SIZE);
    expect(framing.length).toMatchObject({ offset: 1, codec: { kind: 'binary', width: 1 }, add: 0 });
  });

  it.each(seeds())('are found where the first one comes along with the opening (seed %i)', (seed) => {
    const dice = new Dice(seed);
    const body = () => concat([fromLatin1('m'), big(dice.between(4, 300), 3)]);
    const message = () => {
      const head = body();
      return concat([head, dice.bytes((head[2] ?? 0) * 256 + (head[3] ?? 0))]);
    };
    const sessions = Array.from({ length: 20 }, () =>
      alone(concat([fromLatin1('PREFACE 1.0\0\x01\x7f'), message(), message()]), message(), message()),
    );
    expect(learnRequests(sessions)).toMatchObject({ opening: 14, length: { offset: 1, codec: { width: 3 }, add: 0 } });
  });

  it.each(seeds())('are found and answered behind a head of lines of any length (seed %i)', (seed) => {
    const head = (dice: Dice) => `CHANGE ${dice.text(3, 9)}\r\nkind: ${dice.text(2, 20)}\r\n\r\n`;
    const changing = (dice: Dice) => {
      const text = dice.between(0, 4) === 0 ? dice.text(260, 300) : dice.text(3, 60);
      return [
        c(head(dice)),
        s('CHANGED\r\n\r\n'),
        c(frame(4, `say ${text}`)),
        s(frame(4, `said ${text}`)),
        c(frame(4, `ask ${text}`)),
        s(frame(4, `asked ${text}`)),
      ];
    };
    const service = learnOne(speak(changing, 40, seed));
    expect(service.framing).toMatchObject({ openingEnd: fromLatin1('\r\n\r\n'), length: { offset: 1 } });
    const caller = new Caller(service);
    expect(caller.say('CHANGE zebedee\r\nkind: of a kind that was never so long before\r\n\r\n')).toBe(
      'CHANGED\r\n\r\n',
    );
    expect(caller.send(concat([frame(4, 'say it'), frame(4, 'ask what')])).text).toBe(
      toLatin1(concat([frame(4, 'said it'), frame(4, 'asked what')])),
    );
  });

  it.each(seeds())('are answered one by one, whatever arrives together (seed %i)', (seed) => {
    const service = compile(learnOne(speak(postal(40), 40, seed)));
    const dice = new Dice(seed + 50);
    const told = toLatin1(frames('told', 'ottoline'));
    const asked = toLatin1(frames('asked', 'ottoline'));
    const [name, tell, ask] = [hello(dice), frames('tell', 'ottoline', 'some text'), frames('ask', 'ottoline')];
    const greeted = () => {
      const caller = new Caller(service);
      const first = caller.say(GREETING.subarray(0, 10));
      expect(first + caller.say(GREETING.subarray(10))).toBe(toLatin1(ANSWER));
      return caller;
    };
    const apart = greeted();
    expect(apart.send(name)).toMatchObject({ text: '', waits: false });
    expect([apart.say(tell), apart.say(ask)]).toEqual([told, asked]);
    expect(greeted().say(concat([name, tell, ask]))).toBe(told + asked);
    const slow = greeted();
    const pieces = Array.from(concat([name, tell]), (byte) => slow.send(Uint8Array.of(byte)).text);
    expect(pieces.slice(0, -1).join('')).toBe('');
    expect(pieces.at(-1)).toBe(told);
  });

  it('take no time to speak of where a client says parts of a request without end', () => {
    const caller = new Caller(learnOne(speak(postal(40), 40, 1)));
    caller.say(GREETING);
    const part = Uint8Array.of(PART, 0);
    const time = worked(() => {
      for (let i = 0; i < 20_000; i++) expect(caller.send(part).text).toBe('');
    });
    expect(time).toBeLessThan(5000);
  });
});

/** A word, and its length in one byte; a sentence of such words, up to an empty one. */
const spelled = (word: Words): Uint8Array => concat([Uint8Array.of(bytesOf(word).length), bytesOf(word)]);
const sentence = (...words: readonly Words[]): Uint8Array => concat([...words, ''].map(spelled));

/** Things that are put under numbers of the server, and asked for. */
const sentences = (dice: Dice) => {
  const [name, text] = [dice.text(3, 9), `${dice.text(2, 20)} ${dice.text(2, 20)}`];
  const tags = Array.from({ length: dice.between(0, 2) }, () => `=${dice.text(1, 6)}=${dice.text(1, 9)}`);
  return [
    c(sentence('/login', `=user=${dice.text(3, 8)}`)),
    s(sentence('!done')),
    c(sentence('/put', `=name=${name}`, `=text=${text}`, ...tags)),
    s(sentence('!done')),
    c(sentence('/get', `?name=${name}`)),
    s(sentence('!re', `=name=${name}`, `=text=${text}`), sentence('!done')),
  ];
};

describe('pieces that carry their length', () => {
  it.each(seeds())('are one request up to the one that ends it (seed %i)', (seed) => {
    const service = learnOne(speak(sentences, 40, seed));
    const until = Uint8Array.of(0);
    expect(service.framing.length).toMatchObject({ offset: 0, codec: { kind: 'binary', width: 1 }, add: 0, until });
    const caller = new Caller(service);
    expect(caller.say(sentence('/login', '=user=zebedee'))).toBe(toLatin1(sentence('!done')));
    const put = sentence('/put', '=name=granite', '=text=heron kestrel', '=colour=blue');
    const pieces = Array.from(put, (byte) => caller.send(Uint8Array.of(byte)).text);
    expect(pieces.join('')).toBe(toLatin1(sentence('!done')));
    expect(pieces.at(-1)).toBe(toLatin1(sentence('!done')));
    expect(caller.say(sentence('/get', '?name=granite'))).toBe(
      toLatin1(concat([sentence('!re', '=name=granite', '=text=heron kestrel'), sentence('!done')])),
    );
  });

  it('are requests each where what is said last tells something', () => {
    const dice = new Dice(4);
    const several = () => concat(Array.from({ length: dice.between(2, 4) }, () => spelled(dice.text(1, 40))));
    const found = learnRequests(Array.from({ length: 20 }, () => alone(several(), several())));
    expect(found.length).toBeDefined();
    expect(found.length?.until).toBeUndefined();
  });
});

describe('no opening', () => {
  it.each(seeds(8))('is found in frames, lines, or anything (seed %i)', (seed) => {
    const dice = new Dice(seed);
    const word = () => fromLatin1(`${dice.pick(['get', 'put', 'list'])} ${dice.text(2, 30)}`);
    const kinds: (() => Uint8Array)[] = [
      () => frame(dice.between(0, 1), dice.text(1, 60)),
      () => concat([word(), fromLatin1('\r\n')]),
      word,
      () => dice.bytes(4, 60),
      () => concat([Uint8Array.of(1, 0, 0, 0, dice.between(0, 3), 0, 0, 0), dice.bytes(4), new Uint8Array(20)]),
    ];
    for (const kind of kinds) {
      const sessions = Array.from({ length: 25 }, () => alone(...Array.from({ length: dice.between(2, 6) }, kind)));
      const plain = learnFraming(sessions.flat().map(({ bytes }) => bytes));
      expect(learnRequests(sessions)).toEqual(plain);
      const greeted = sessions.map((said) => [...alone(GREETING), ...said]);
      if (!plain.length) expect(learnRequests(greeted).opening).toBeUndefined();
    }
  });
});
