/** Numbers that the server draws by lot from a narrow range: so few that they recur. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../emulate/index.js';
import { Caller, big, c, kindsOf, learnOne, s, seeds, speak, type Protocol } from '../../../tests/helpers/sessions.js';

/** What 40 clients are told at the same place, as numbers. */
function told(protocol: Protocol, seed: number, at: number): number[] {
  const compiled = compile(learnOne(speak(protocol, 40, seed)));
  return Array.from({ length: 40 }, (_, i) => new Caller(compiled, { seed: i }).say('LEASE\x01').charCodeAt(at));
}

describe('a lease that is a little longer or shorter each time', () => {
  const protocol: Protocol = (dice) => {
    const renewed = dice.between(1600, 1660);
    return [c('LEASE\x01'), s('\x02\x00until', big(renewed, 2), '\x00\xff', big(renewed + 77, 2), 'ok\x00')];
  };

  it.each(seeds())('is another one for each client, and within what was seen (%i)', (seed) => {
    const lengths = told(protocol, seed, 8);
    expect(new Set(lengths).size).toBeGreaterThan(10);
    expect(lengths.every((low) => low >= (1600 & 0xff) && low <= (1660 & 0xff))).toBe(true);
  });

  it.each(seeds())('says the second time what goes with the first (%i)', (seed) => {
    const compiled = compile(learnOne(speak(protocol, 40, seed)));
    for (let other = 0; other < 20; other++) {
      const answer = new Caller(compiled, { seed: other }).say('LEASE\x01');
      const number = (at: number) => answer.charCodeAt(at) * 256 + answer.charCodeAt(at + 1);
      expect(number(11)).toBe(number(7) + 77);
    }
  });
});

describe('a number that is not drawn by lot', () => {
  const others: Readonly<Record<string, Protocol>> = {
    'one of few codes': (dice) => [c('LEASE\x01'), s('\x02\x00is ', big(dice.pick([3, 17, 90, 200]), 1), 'ok\x00')],
    'mostly small': (dice) => [
      c('LEASE\x01'),
      s('\x02\x00is ', big(dice.between(0, dice.between(0, dice.between(0, dice.between(0, 90)))), 1), 'ok\x00'),
    ],
    'the length of a text': (dice) => {
      const text = dice.text(1, 60);
      return [c('LEASE\x01'), s('\x02\x00is ', big(text.length, 1), '\x00', big(0, 3), text)];
    },
    'what the request decides': (dice) => {
      const asked = dice.between(0, 15);
      return [c('LEASE\x01', big(asked, 1)), s('\x02\x00is ', big((asked * asked * 7 + 11) % 251, 1), 'ok\x00')];
    },
  };

  it.each(Object.entries(others).flatMap(([name, protocol]) => seeds().map((seed) => ({ name, seed, protocol }))))(
    'is not made up: $name ($seed)',
    ({ seed, protocol }) => {
      const made = learnOne(speak(protocol, 60, seed)).states.flatMap(({ answer }) =>
        answer.flatMap(({ pieces }) =>
          pieces.filter((piece) => piece.kind === 'rule' && piece.rule.kind === 'made up' && piece.rule.max <= 2),
        ),
      );
      expect(made).toEqual([]);
    },
  );

  it('is not looked for where nothing may be made up', () => {
    const protocol: Protocol = (dice) => [c('LEASE\x01'), s('\x02\x00is ', big(dice.between(20, 60), 1), 'ok\x00')];
    expect(kindsOf(learnOne(speak(protocol, 40, 1)))).toContain('made up');
    expect(kindsOf(learnOne(speak(protocol, 40, 1), { without: 'made-up' }))).not.toContain('made up');
  });
});
