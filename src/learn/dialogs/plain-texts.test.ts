/** Texts with a sign of a frame around them, which are no texts under a mask. */
import { describe, expect, it } from 'vitest';
import { c, Caller, Dice, learnOne, s, seeds, speak, type Spoken } from '../../../tests/helpers/sessions.js';

const title = (code: string) => (code.startsWith('602') ? 'LABEL' : code.startsWith('201') ? 'LEVEL' : 'STATE');

/** A gauge: a control character, a letter, a function and a tank; a label may be given. */
function gauge(dice: Dice): Spoken[] {
  const code = `${dice.pick(['201', '205', '602'])}0${dice.between(1, 4)}`;
  if (dice.between(0, 1) === 0) return [c(`\x01I${code}\n`), s(`\x01\r\nI${code}\r\n${title(code)} REPORT\r\n\x03`)];
  const [tank, label] = [dice.between(1, 4), `${dice.text(4, 9).toUpperCase()} ${dice.between(10, 99)}`];
  return [c(`\x01S6020${tank}${label}\n`), s(`\x01\r\nS6020${tank}\r\nLABEL SET\r\n  ${tank}   ${label}\r\n\x03`)];
}

describe('short texts behind a control character', () => {
  it.each(seeds())('are read as they are (seed %i)', (seed) => {
    const service = learnOne(speak(gauge, 50, seed));
    expect(service.framing.coding).toBeUndefined();
    const dice = new Dice(seed + 50);
    for (let i = 0; i < 10; i++) {
      const [asked, told] = gauge(dice);
      expect(new Caller(service).say(asked?.bytes ?? '')).toBe(String.fromCharCode(...(told?.bytes ?? [])));
    }
  });
});
