/** Clients write the same request with blanks or without, and with an end of a line or without: the answers do not care. */
import { describe, expect, it } from 'vitest';
import { c, Caller, type Dice, learnOne, s, seeds, speak } from '../../../tests/helpers/sessions.js';

const form = (dice: Dice) => ({ blank: dice.pick(['', ' ']), end: dice.pick(['', '\n', '\r\n']) });
/** A number, or a name in quotes. */
const idOf = (dice: Dice) => dice.pick([`${dice.between(1, 9999)}`, `"${dice.text(3, 9)}"`]);

const ask = (blank: string, end: string, what: string, id: string) =>
  `{"ask":${blank}"${what}",${blank}"id":${blank}${id}}${end}`;
const tell = (what: string, id: string) => `{"told": "${what}", "id": ${id}}\r\n`;

/** Who wears which hat, in the form of each client. */
const hats = (dice: Dice) => {
  const { blank, end } = form(dice);
  return ['colour', 'size', 'owner'].flatMap((what) => {
    if (dice.between(0, 1) === 0) return [];
    const id = idOf(dice);
    return [c(ask(blank, end, what, id)), s(tell(`the ${what} is known`, id))];
  });
};

describe('values behind blanks that some clients leave out', () => {
  it.each(seeds())('are found in every form (seed %i)', (seed) => {
    const service = learnOne(speak(hats, 40, seed));
    for (const blank of ['', ' ']) {
      for (const end of ['', '\n', '\r\n']) {
        for (const id of ['31', '"pelican"'])
          expect(new Caller(service).say(ask(blank, end, 'size', id))).toBe(tell('the size is known', id));
      }
    }
  });
});
