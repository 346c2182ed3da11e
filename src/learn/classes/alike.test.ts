/** Short binary requests with codes that the server does not know: each is its own, and all are answered alike. */
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import { big, c, Caller, Dice, learnOne, little, record, s, seeds } from '../../../tests/helpers/sessions.js';

/** Its length, what it holds, and the exclusive or of that. */
function frame(...parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(parts);
  return concat([
    big(body.length, 1),
    body,
    big(
      body.reduce((all, byte) => all ^ byte, 0x5a),
      1,
    ),
  ]);
}

const wide = (text: string) => concat([little(text.length, 2), fromLatin1(text.replaceAll(/./g, '$&\0'))]);
const code = (group: number, action: number) => Uint8Array.of(group, action);
const hello = (name: string, tag: number) => frame(code(0, 1), little(tag, 2), wide(name));
const welcome = (tag: number) => frame(code(0x80, 1), little(tag, 2), big(0, 2));
const upper = (text: string, tag: number) => frame(code(2, 1), little(tag, 2), wide(text));
const uppered = (text: string, tag: number) =>
  frame(code(0x82, 1), little(tag, 2), big(0, 2), wide(text.toUpperCase()));
const odd = (group: number, action: number, tag: number) => frame(code(group, action), little(tag, 2));
const refused = (group: number, action: number, tag: number) =>
  frame(code(group | 0x80, action), little(tag, 2), little(9, 2), code(group, action));

const tagOf = (dice: Dice) => dice.between(1, 65_000);

function clients(seed: number, count: number) {
  const dice = new Dice(seed);
  return Array.from({ length: count }, (_, i) => {
    const [first, tag, text] = [tagOf(dice), tagOf(dice), dice.text(4, 20)];
    const [group, action] = [dice.between(3, 60), dice.between(1, 60)];
    const asked = i % 5 === 0 ? odd(group, action, tag) : upper(text, tag);
    const told = i % 5 === 0 ? refused(group, action, tag) : uppered(text, tag);
    return record(i, [c(hello(dice.text(3, 12), first)), s(welcome(first)), c(asked), s(told)]);
  });
}

function answer(caller: Caller, request: Uint8Array): string {
  const { text, waits } = caller.send(toLatin1(request));
  return text + (waits ? caller.silence().text : '');
}

describe('a code that is not known', () => {
  it.each(seeds())('is refused as others were (seed %i)', (seed) => {
    const model = learnOne(clients(seed, 40));
    const dice = new Dice(500 + seed);
    for (let i = 0; i < 4; i++) {
      const caller = new Caller(model);
      answer(caller, hello(dice.text(3, 12), tagOf(dice)));
      const asked = [dice.between(3, 60), dice.between(1, 60), tagOf(dice)] as const;
      expect(answer(caller, odd(...asked))).toBe(toLatin1(refused(...asked)));
    }
  });

  it('is not taken for others where each is answered in a way of its own', () => {
    const dice = new Dice(3);
    const asked = Array.from({ length: 8 }, () => [dice.between(3, 60), dice.between(1, 60), 7] as const);
    const told = asked.map(() => dice.bytes(6));
    const sessions = asked.flatMap((one, k) =>
      [0, 1, 2, 3, 4].map((i) => record(8 * i + k, [c(odd(...one)), s(told[k] ?? '')])),
    );
    const model = learnOne(sessions);
    asked.forEach((one, i) => {
      expect(answer(new Caller(model), odd(...one))).toBe(toLatin1(told[i] ?? new Uint8Array(0)));
    });
  });
});
