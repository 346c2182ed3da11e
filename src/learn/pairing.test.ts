/** Requests that were said at once and answered in another order: each is known for what it is answered alone. */
import { describe, expect, it } from 'vitest';
import { concat, toLatin1 } from '../bytes/bytes.js';
import {
  big,
  bytesOf,
  c,
  Caller,
  learnOne,
  s,
  seeds,
  speak,
  type Dice,
  type Words,
} from '../../tests/helpers/sessions.js';

interface Form {
  readonly name: string;
  readonly asked: (id: number, words: string) => Words;
  readonly said: (id: number, words: string) => Words;
}

const frame = (kind: number, id: number, words: string) =>
  concat([big(words.length + 7, 4), big(id, 4), big(kind, 1), big(words.length, 2), bytesOf(words)]);
const forms: readonly Form[] = [
  {
    name: 'lines',
    asked: (id, words) => `{"id":${id},"ask":"${words}"}\n`,
    said: (id, words) => `{"id":${id},"told":"${words}"}\n`,
  },
  { name: 'tags', asked: (id, words) => `a${id} ${words}\r\n`, said: (id, words) => `a${id} done ${words}\r\n` },
  { name: 'frames', asked: (id, words) => frame(1, id, words), said: (id, words) => frame(129, id, words) },
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
