/** What few samples teach where parting them explains more. */
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1 } from '../../bytes/bytes.js';
import {
  Caller,
  Dice,
  big,
  c,
  little,
  learnOne,
  record,
  s,
  seeds,
  type Spoken,
} from '../../../tests/helpers/sessions.js';

const head = (dice: Dice, code: number) => concat([fromLatin1('\xfeHEAD\0'), big(code, 1), dice.bytes(14), big(7, 2)]);
const text = (dice: Dice, words: number) => Array.from({ length: words }, () => dice.text(3, 9)).join(' ');

/** A file is made, which is empty, written to, and opened again, which tells how long it is. */
function putAndOpen(dice: Dice, words: number): Spoken[] {
  const name = dice.text(5, 8);
  const content = text(dice, words);
  const [made, wrote, opened] = [head(dice, 1), head(dice, 2), head(dice, 1)];
  // what the client said comes back in pieces, the last ones first
  const stamp = (asked: Uint8Array) =>
    concat([5, 4, 3, 2, 1, 0].flatMap((i) => [fromLatin1(`\x01\0${i}`), asked.subarray(i * 2 + 6, i * 2 + 8)]));
  return [
    c(made, '\x05', big(name.length, 2), name),
    s('\xfeDONE\0', stamp(made), little(0, 4), '\0\0\x20'),
    c(wrote, little(content.length, 4), '\0\0', content),
    s(wrote, '\0\x08', wrote),
    c(opened, '\x01', big(name.length, 2), name),
    s('\xfeDONE\0', stamp(opened), little(content.length, 4), '\0\0\x20'),
  ];
}

describe('samples of two kinds that have much in common', () => {
  it.each(seeds())('are told apart where the one then follows from what was said (%i)', (seed) => {
    const dice = new Dice(seed);
    const sessions = [60, 200, 20].map((words, i) =>
      record(i, putAndOpen(dice, words), { client: { address: `10.0.1.${i + 1}`, port: 4000 } }),
    );
    const caller = new Caller(learnOne(sessions), { client: { address: '10.0.9.9', port: 4000 } });
    const further = putAndOpen(dice, 90);
    const answers = further.flatMap((spoken) => (spoken.from === 'client' ? [caller.say(spoken.bytes)] : []));
    expect(answers).toEqual(
      further.flatMap((spoken) => (spoken.from === 'server' ? [Buffer.from(spoken.bytes).toString('latin1')] : [])),
    );
  });
});
