/** Requests of one build that alignment tears apart: short ones that hold names of different lengths. */
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, toLatin1 } from '../bytes/bytes.js';
import { writeNumber } from '../model/number.js';
import {
  big,
  c,
  Caller,
  Dice,
  learnOne,
  s,
  seeds,
  speak,
  type Protocol,
  type Spoken,
} from '../../tests/helpers/sessions.js';

const VARINT = { kind: 'varint' } as const;

function frame(...parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(parts);
  return concat([writeNumber(VARINT, body.length) ?? new Uint8Array(0), body]);
}

const wide = (text: string) => concat([Uint8Array.of(text.length, 0), fromLatin1(text.replaceAll(/./gs, '$&\0'))]);
const plain = (text: string) => concat([big(text.length, 2), fromLatin1(text)]);

/** Operations of two bytes each, a tag that comes back, and a text of any length, in letters of one or two bytes. */
const OPERATIONS: readonly (readonly [kind: number, action: number, text: (text: string) => Uint8Array])[] = [
  [0, 1, wide],
  [1, 1, plain],
  [1, 2, wide],
  [2, 1, wide],
];

function asked([kind, action, text]: (typeof OPERATIONS)[number], tag: Uint8Array, said: string): Spoken[] {
  const answer = frame(Uint8Array.of(kind | 0x80, action), tag, fromLatin1('ok'.repeat(1 + 2 * kind + action)));
  return [c(frame(Uint8Array.of(kind, action), tag, text(said))), s(answer)];
}

const sentence = (dice: Dice, most: number) =>
  Array.from({ length: dice.between(1, most) }, () => dice.text(3, 9)).join(' ');

const talk: Protocol = (dice) =>
  Array.from({ length: 3 }, () => asked(dice.pick(OPERATIONS), dice.bytes(2), sentence(dice, 4))).flat();

describe('requests that say their length, and whose texts are of any length', () => {
  it.each(seeds())('are a class for each operation that two bytes tell (seed %i)', (seed) => {
    const service = learnOne(speak(talk, 40, seed));
    const dice = new Dice(seed + 50);
    for (const operation of OPERATIONS) {
      for (const most of [1, 3, 5]) {
        const [request, answer] = asked(operation, dice.bytes(2), sentence(dice, most));
        const heard = new Caller(service).send(request?.bytes ?? new Uint8Array(0));
        expect([heard.text, heard.notes.map(({ kind }) => kind)]).toEqual([
          toLatin1(answer?.bytes ?? new Uint8Array(0)),
          ['answered'],
        ]);
      }
    }
  });
});
