/** Whose answer is whose, where clients do not wait: some kinds of requests are never answered. */
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, toLatin1 } from '../bytes/bytes.js';
import { big, c, Caller, Dice, learnOne, s, seeds, speak, type Words } from '../../tests/helpers/sessions.js';

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
