/** Whose answer is whose, where clients do not wait, on protocols made up. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, startsWith, toLatin1 } from '../../bytes/bytes.js';
import { datagramsApart, framesApart } from './apart.js';
import { toDialogs } from './exchanges.js';
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
  type Protocol,
  type Words,
} from '../../../tests/helpers/sessions.js';

/** A kind, the length of all, a number of the client, and what is said. */
const frame = (kind: number, number: number, words: Words): Uint8Array => {
  const body = bytesOf(words);
  return concat([Uint8Array.of(4, kind), big(8 + body.length, 2), big(number, 4), body]);
};
const [SET, SYNC, GET, ERROR, SYNCED, GOT] = [14, 20, 5, 1, 21, 6];

/** A setting is answered only when it is refused; clients ask for a sign behind it without waiting. */
const settings: Protocol = (dice: Dice) => {
  const number = dice.between(1, 90);
  const value = dice.bytes(4);
  const isWrong = dice.between(0, 3) === 0;
  const set = frame(SET, number, concat([Uint8Array.of(isWrong ? 9 : 2), value]));
  const refused = frame(ERROR, number, concat([big(513, 2), set]));
  const synced = frame(SYNCED, number + 1, '');
  switch (dice.between(0, 2)) {
    case 0:
      return [c(frame(GET, number, '')), s(frame(GOT, number, 'the switch in the cellar'))];
    default:
      return [c(concat([set, frame(SYNC, number + 1, '')])), s(isWrong ? concat([refused, synced]) : synced)];
  }
};

describe('answers that give back the number of their request', () => {
  it.each(seeds())('are the answers of the requests that they name (seed %i)', (seed) => {
    const service = learnOne(speak(settings, 60, seed));
    const say = (...frames: Uint8Array[]) => new Caller(service).say(concat(frames));
    const [right, wrong] = [frame(SET, 77, '\x02dove'), frame(SET, 77, '\x09dove')];
    const refused = frame(ERROR, 77, concat([big(513, 2), wrong]));
    expect(say(right, frame(SYNC, 78, ''))).toBe(toLatin1(frame(SYNCED, 78, '')));
    expect(say(wrong, frame(SYNC, 78, ''))).toBe(toLatin1(concat([refused, frame(SYNCED, 78, '')])));
    expect(say(frame(SYNC, 41, ''))).toBe(toLatin1(frame(SYNCED, 41, '')));
    expect(say(wrong)).toBe(toLatin1(refused));
  });

  const ask = (number: Uint8Array, kind: number, name: string) =>
    concat([number, Uint8Array.of(1, kind, name.length), fromLatin1(name)]);
  /** Two questions about a name at once, or one; answers to both come in any order. */
  const names =
    (numbered: (dice: Dice) => Uint8Array): Protocol =>
    (dice) => {
      const name = dice.text(4, 9);
      const [one, two] = [ask(numbered(dice), 1, name), ask(numbered(dice), 28, name)];
      const answers = [concat([one, fromLatin1('an address')]), concat([two, fromLatin1('none of these')])];
      if (dice.between(0, 2) === 0) return [c(one), s(answers[0] ?? one)];
      return [c(one), c(two), ...(dice.between(0, 1) === 0 ? answers : answers.reverse()).map((a) => s(a))];
    };
  const dialogsOf = (protocol: Protocol, seed: number) =>
    datagramsApart(toDialogs(speak(protocol, 60, seed, { transport: 'udp' })));

  it('are given to the datagrams that they name, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), (seed) => {
        const exchanges = dialogsOf(
          names((dice) => dice.bytes(2)),
          seed,
        ).flatMap((dialog) => dialog.exchanges.slice(1));
        for (const { request, messages, pipelined } of exchanges) {
          expect(messages).toHaveLength(1);
          expect(startsWith(messages[0] ?? request, request.subarray(0, 5), 0)).toBe(true);
          expect(pipelined).toBe(false);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('are given to the datagrams of texts, by a word of theirs', () => {
    const texts: Protocol = (dice) => {
      const [slow, quick] = [dice.between(100, 4999), dice.between(5000, 99_999)];
      const asked = [`find ${slow} in the cellar`, `find ${quick} now`];
      const told = [`found\nnumber: ${slow}`, `found\nnumber: ${quick}`];
      if (dice.between(0, 2) === 0) return [c(asked[0] ?? ''), s(told[0] ?? '')];
      return [...asked.map((words) => c(words)), ...told.reverse().map((words) => s(words))];
    };
    for (const { request, messages } of dialogsOf(texts, 7).flatMap((dialog) => dialog.exchanges.slice(1)))
      expect(messages.map(toLatin1)).toEqual([`found\nnumber: ${/\d+/.exec(toLatin1(request))?.[0]}`]);
  });

  it('leave a line without a name unanswered where all that came back names the others', () => {
    const notified: Protocol = (dice) => {
      const id = dice.between(1000, 90_000);
      const [note, ask, told] = ['{"note":"soon"}\n', `{"id":${id},"ask":"much"}\n`, `{"id":${id},"told":"it"}\n`];
      return dice.between(0, 1) === 0 ? [c(ask), s(told)] : [c(ask, note), s(told)];
    };
    const dialogs = framesApart(toDialogs(speak(notified, 40, 3)), { delimiter: fromLatin1('\n'), silence: 200 });
    for (const { request, messages } of dialogs.flatMap((dialog) => dialog.exchanges.slice(1)))
      expect([toLatin1(request).includes('note'), messages.length]).toEqual(
        toLatin1(request).includes('note') ? [true, 0] : [false, 1],
      );
  });

  it('are not looked for where all requests have one number, or none', () => {
    const alike = (protocol: Protocol) => {
      const sessions = speak(protocol, 60, 5, { transport: 'udp' });
      expect(datagramsApart(toDialogs(sessions))).toEqual(toDialogs(sessions));
    };
    alike((dice) => {
      const questions = [ask(fromLatin1('id'), 1, 'abcd'), ask(fromLatin1('id'), 1, 'efgh')];
      const answers = questions.map(() => s(concat([dice.bytes(4), fromLatin1(' is the answer')])));
      return dice.between(0, 1) === 0
        ? [c(questions[0] ?? ''), ...answers.slice(0, 1)]
        : [...questions.map((q) => c(q)), ...answers];
    });
  });
});

interface Form {
  readonly name: string;
  readonly asked: (id: number, words: string) => Words;
  readonly said: (id: number, words: string) => Words;
}

const framed = (kind: number, id: number, words: string) =>
  concat([big(words.length + 7, 4), big(id, 4), big(kind, 1), big(words.length, 2), bytesOf(words)]);
const forms: readonly Form[] = [
  {
    name: 'lines',
    asked: (id, words) => `{"id":${id},"ask":"${words}"}\n`,
    said: (id, words) => `{"id":${id},"told":"${words}"}\n`,
  },
  { name: 'tags', asked: (id, words) => `a${id} ${words}\r\n`, said: (id, words) => `a${id} done ${words}\r\n` },
  { name: 'frames', asked: (id, words) => framed(1, id, words), said: (id, words) => framed(129, id, words) },
];
const all = forms.flatMap((form) => seeds().map((seed) => ({ ...form, seed })));

describe.each(all)('requests that do not wait, in $name ($seed)', ({ asked, said, seed }) => {
  /** Slow ones are answered last; half of the sessions say a quick one behind a slow one. */
  const protocol = (dice: Dice) => {
    const [id, slow, quick] = [dice.between(1000, 90_000), dice.text(3, 9), dice.text(3, 9)];
    const [first, second] = [said(id, `slow ${slow}`), said(id + 1, `quick ${quick}`)];
    if (dice.between(0, 1) === 0)
      return [c(asked(id, `slow ${slow}`), asked(id + 1, `quick ${quick}`)), s(second, first)];
    return [c(asked(id, `slow ${slow}`)), s(first), c(asked(id + 1, `quick ${quick}`)), s(second)];
  };
  const service = learnOne(speak(protocol, 60, seed));

  it.each(['slow', 'quick'])('are answered alone (%s)', (kind) => {
    const words = `${kind} zebedee`;
    expect(new Caller(service).say(asked(4711, words))).toBe(toLatin1(bytesOf(said(4711, words))));
  });

  it('are answered together, each what it asked for', () => {
    const [one, other] = ['slow zebedee', 'quick ottoline'];
    const heard = new Caller(service).say(concat([bytesOf(asked(4711, one)), bytesOf(asked(4712, other))]));
    expect(heard).toBe(toLatin1(concat([bytesOf(said(4711, one)), bytesOf(said(4712, other))])));
  });
});
