/** Whose answer is whose, where clients do not wait: some kinds of requests are never answered. */
import { describe, expect, it } from 'vitest';
import { concat, EMPTY, fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import type { Grouping } from '../classes/classes.js';
import type { Dialog, Exchange } from './exchanges.js';
import { peeled, usualAnswers } from './pipelines.js';
import { big, c, Caller, Dice, learnOne, s, seeds, speak, type Words } from '../../../tests/helpers/sessions.js';

/** A kind, a length, what is asked for, and its text. */
const frame = (kind: string, code: number, words: Words): Uint8Array => {
  const body = concat([Uint8Array.of(0, code), typeof words === 'string' ? fromLatin1(words) : words]);
  return concat([fromLatin1(kind), big(body.length, 2), body]);
};
const [PUT, GET, SURE, DONE] = [40, 70, 85, 80];
const put = (to: string, text: string) =>
  concat([frame('m', PUT, to), frame('h', 0, big(text.length, 4)), frame('b', 0, text)]);

/** What is put is not answered, unless that was asked for; then it may be got once. */
const shelf = (dice: Dice) => {
  const [name, text] = [dice.text(4, 9), dice.text(5, 40)];
  const get = frame('m', GET, name);
  switch (dice.between(0, 2)) {
    case 0:
      return [c(put(name, text), get), s(frame('m', 71, name), frame('b', 0, text))];
    case 1:
      return [c(get), s(frame('m', 72, ''))];
    default:
      return [c(frame('m', SURE, '')), s(frame('m', 86, '')), c(put(name, text)), s(frame('m', DONE, ''))];
  }
};

describe('requests that are not answered', () => {
  it.each(seeds())('leave the answer to the one behind them (seed %i)', (seed) => {
    const service = learnOne(speak(shelf, 80, seed));
    const none = toLatin1(frame('m', 72, ''));
    const got = toLatin1(concat([frame('m', 71, 'pelican'), frame('b', 0, 'grey and white')]));
    expect(new Caller(service).say(frame('m', GET, 'pelican'))).toBe(none);
    expect(new Caller(service).say(concat([put('pelican', 'grey and white'), frame('m', GET, 'pelican')]))).toBe(got);
    const apart = new Caller(service);
    expect(apart.send(put('pelican', 'grey and white'))).toMatchObject({ text: '', waits: false });
    expect(apart.say(frame('m', GET, 'pelican'))).toBe(got);
    const sure = new Caller(service);
    sure.say(frame('m', SURE, ''));
    expect(sure.say(put('pelican', 'grey and white'))).toBe(toLatin1(frame('m', DONE, '')));
  });
});

/** What was said by one side without waiting, and what came back; each line of the client's is a request. */
function dialog(session: number, ...said: readonly (readonly [said: string, answer: string])[]): Dialog {
  const exchange = { freshPort: [false], delays: [0], close: 'untold', time: 0, last: false } as const;
  const opening: Exchange = { ...exchange, request: EMPTY, messages: [], pipelined: false };
  const exchanges = said.flatMap(([lines, answer]) => {
    const requests = lines.split(/(?<=\n)/).map(fromLatin1);
    return requests.map((request, i): Exchange => {
      const isLast = i === requests.length - 1;
      return { ...exchange, request, messages: isLast ? [fromLatin1(answer)] : [], pipelined: requests.length > 1 };
    });
  });
  const nobody = { address: '', port: 0 };
  return { session, environment: { client: nobody, server: nobody }, exchanges: [opening, ...exchanges] };
}

/** Commands are clusters of their own; what is like nothing else is one each. */
function clustersOf(dialogs: readonly Dialog[]): Grouping[] {
  const counts = new Map<string, number>();
  for (const { request } of dialogs.flatMap(({ exchanges }) => exchanges.slice(1)))
    counts.set(toLatin1(request), (counts.get(toLatin1(request)) ?? 0) + 1);
  return [...counts].map(([text, count], group) => {
    const bytes = fromLatin1(text);
    const request = { bytes, shape: bytes, count, labels: new Map(), after: new Map(), kinds: new Map() };
    return { group, regions: [], requests: [request] };
  });
}

/** What the lines of a run were answered, as far as that can be told. */
const answersOf = ({ exchanges }: Dialog) =>
  exchanges.map(({ messages, pipelined }) => (pipelined ? '?' : messages.map(toLatin1).join('')));

describe('lines that are like nothing else', () => {
  const line = (dice: Dice) => Array.from({ length: dice.between(1, 5) }, () => dice.text(3, 9)).join(' ');
  const taken = (dice: Dice) => `225-${dice.between(1000, 9999)}\r\n225 taken\r\n`;

  it.each(seeds())(
    'are a text behind a command that takes one, though they are refused elsewhere (seed %i)',
    (seed) => {
      const dice = new Dice(seed);
      const letters = Array.from({ length: 30 }, (_, i) => {
        const text = Array.from({ length: dice.between(1, 3) }, () => `${line(dice)}\r\n`).join('');
        return dialog(i, ['HELO\r\n', '250 hello\r\n'], ['WRITE\r\n', '354 go on\r\n'], [`${text}.\r\n`, taken(dice)]);
      });
      const refused = [1, 2, 3].map((i) =>
        dialog(-i, ['HELO\r\n', '250 hello\r\n'], [`${line(dice)}\r\n`, '500 no\r\n']),
      );
      const all = [...letters, ...refused];
      const usual = usualAnswers(clustersOf(all), all, null);
      for (const letter of letters) {
        const answers = answersOf(peeled(letter, usual));
        expect(answers.slice(3, -1).join('')).toBe('');
        expect(answers.at(-1)).toMatch(/^225-\d{4}\r\n225 taken\r\n$/);
      }
      for (const one of refused) expect(answersOf(peeled(one, usual)).at(-1)).toBe('500 no\r\n');
    },
  );

  it.each(seeds())('are none where more lines are answered with more (seed %i)', (seed) => {
    const dice = new Dice(seed);
    const all = Array.from({ length: 30 }, (_, i) => {
      const names = Array.from({ length: dice.between(1, 3) }, () => line(dice));
      const each = names.map((name) => `404 no ${name}\r\n`).join('');
      return dialog(i, ['HELO\r\n', '250 hello\r\n'], [`${names.join('\r\n')}\r\nQUIT\r\n`, `${each}221 bye\r\n`]);
    });
    const usual = usualAnswers(clustersOf(all), all, null);
    expect(answersOf(peeled(all[0] ?? dialog(0), usual)).slice(2)).not.toContain('');
  });
});
