/** Numbers with a point in them that the server makes up. */
import { describe, expect, it } from 'vitest';
import { c, Caller, learnOne, s, seeds, speak, type Dice, type Protocol } from '../../../tests/helpers/sessions.js';

const digits = (dice: Dice, least: number, most: number) => dice.text(least, most, '0123456789');
describe('numbers with a point that the server makes up', () => {
  const protocol: Protocol = (dice) => {
    const load = () => `${dice.between(0, 99)}.${digits(dice, 4, 16)}`;
    return [c('LOAD\n'), s(`{"total":${load()},"user":${load()},"system":${load()},"id":1}\n`)];
  };

  it.each(seeds())('are numbers, of however few samples (%i)', (seed) => {
    for (const count of [2, 3, 4, 6]) {
      const service = learnOne(speak(protocol, count, seed));
      for (let caller = 1; caller < 20; caller++) {
        const said = new Caller(service, { seed: caller }).say('LOAD\n');
        expect(said).toMatch(/^\{("\w+":\d+\.\d+,){3}"id":1\}\n$/);
      }
    }
  });
});
