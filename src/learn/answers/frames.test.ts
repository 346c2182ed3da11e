/** Answers of several frames: each is learned by itself, with those of its kind in all other answers. */
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import type { Session } from '../../capture/types.js';
import { writeNumber } from '../../model/number.js';
import { big, c, Caller, Dice, learnOne, record, s, seeds, type Words } from '../../../tests/helpers/sessions.js';
import { framedAnswers, toDialogs } from '../dialogs/exchanges.js';

const FIELD = { offset: 1, codec: { kind: 'varint' }, add: 0 } as const;

/** A kind, a length that takes as many bytes as it needs, and what it is the length of. */
function frame(kind: string, ...parts: readonly Words[]): Uint8Array {
  const body = concat(parts.map((part) => (typeof part === 'string' ? fromLatin1(part) : part)));
  return concat([fromLatin1(kind), writeNumber(FIELD.codec, body.length) ?? new Uint8Array(0), body]);
}

const counted = (text: string) => concat([big(text.length, 2), fromLatin1(text)]);
const put = (key: string, text: string) => frame('p', counted(key), big(1, 2), text);
const get = (key: string, sure: boolean) => frame('g', big(1, 2), counted(key), sure ? '\x01' : '\x00');
const taken = frame('t', big(1, 2));
const granted = (sure: boolean) => frame('a', big(1, 2), sure ? '\x01' : '\x00');
const kept = (key: string, text: string, sure: boolean) =>
  frame(sure ? 'M' : 'm', counted(key), sure ? big(1, 2) : '', text);

const name = (dice: Dice) => `${dice.text(3, 8)}/${dice.text(4, 9)}`;
const words = (dice: Dice, most: number) =>
  Array.from({ length: dice.between(1, most) }, () => dice.text(3, 8)).join(' ');

/** Sources that put something and get it in their next session, or get what is not there. */
function sources(count: number, seed: number): Session[] {
  const dice = new Dice(seed);
  return Array.from({ length: count }, (_, i): Session[] => {
    const client = { address: `10.9.${seed}.${i + 1}`, port: 4000 + i };
    const [key, text, sure] = [name(dice), words(dice, 30), i % 2 === 0];
    const hello = [c(frame('h', dice.text(4, 9))), s(frame('h', '\x00'))];
    if (i % 3 === 0) return [record(2 * i, [...hello, c(get(key, sure)), s(granted(sure))], { client })];
    return [
      record(2 * i, [...hello, c(put(key, text)), s(taken)], { client }),
      record(2 * i + 1, [...hello, c(get(key, sure)), s(granted(sure), kept(key, text, sure))], { client }),
    ];
  }).flat();
}

describe('an answer of several frames', () => {
  it.each(seeds())('has what was put there in the last one, however long it is (seed %i)', (seed) => {
    const service = learnOne(sources(24, seed));
    const dice = new Dice(seed + 100);
    for (const most of [2, 12, 40]) {
      for (const sure of [false, true]) {
        const client = { address: '192.0.2.9', port: 9 };
        const [key, text] = [`${dice.text(9, 14)}/${dice.text(9, 14)}`, words(dice, most)];
        const caller = new Caller(service, { client });
        caller.say(frame('h', 'somebody'));
        expect(caller.say(put(key, text))).toBe(toLatin1(taken));
        expect(caller.say(get(key, sure))).toBe(toLatin1(concat([granted(sure), kept(key, text, sure)])));
      }
    }
  });

  it('is the first one alone where nothing was put there', () => {
    const caller = new Caller(learnOne(sources(24, 1)), { client: { address: '192.0.2.9', port: 9 } });
    caller.say(frame('h', 'somebody'));
    expect(caller.say(get('never/heardof', true))).toBe(toLatin1(granted(true)));
  });
});

describe('the frames of an answer', () => {
  const answer = (...frames: readonly Uint8Array[]) => {
    const [dialog] = toDialogs([record(0, [c('x'), s(...frames)])]);
    return dialog && framedAnswers(dialog, FIELD).exchanges[1]?.messages;
  };

  it('are a message each', () => {
    expect(answer(taken, granted(true))).toEqual([taken, granted(true)]);
  });

  it('are one message where they do not fill it, or are many', () => {
    expect(answer(taken, fromLatin1('a\x09'))).toHaveLength(1);
    expect(answer(taken, taken, taken, taken, taken)).toHaveLength(1);
  });
});
