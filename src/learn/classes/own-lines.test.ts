/** Lines in which a client says who it is, whatever it asks for. */
import { describe, expect, it } from 'vitest';
import { fromLatin1 } from '../../bytes/bytes.js';
import { Caller, c, Dice, learnOne, s, seeds, speak, type Protocol } from '../../../tests/helpers/sessions.js';
import { toDialogs } from '../dialogs/exchanges.js';
import { ownLines } from './own-lines.js';

const AGENTS = ['Visitor/5.0 (of the house; in a hurry) 20100101', 'probe 7.88.1', 'Collector of things/1.24.2'];

/** Some things asked for, each in a head of lines. */
const pages =
  (agent: (dice: Dice) => string): Protocol =>
  (dice) => {
    const who = agent(dice);
    const asked = Array.from({ length: dice.between(2, 4) }, () => {
      const name = `${dice.text(4, 9)}${dice.between(10, 99)}`;
      const [what, answer] = dice.pick([
        [`SHOW /of/${name}`, `shown ${name}`],
        [`COUNT /of/${name}`, `of ${name} there are none`],
        ['LIST /all', 'red green blue'],
      ] as const);
      return [c(`${what} HTPP\r\nPlace: hall\r\nAgent: ${who}\r\n\r\n`), s(`OK\r\n\r\n${answer}\r\n`)];
    });
    return asked.flat();
  };

const steady = pages((dice) => dice.pick(AGENTS));

describe('lines that say who asks', () => {
  it.each(seeds())('are found by that one client says one of them, and others another one (seed %i)', (seed) => {
    const places = ownLines(toDialogs(speak(steady, 40, seed)));
    const request = fromLatin1('SHOW /of/anything HTPP\r\nPlace: hall\r\nAgent: nobody before\r\n\r\n');
    const at = 'SHOW /of/anything HTPP\r\nPlace: hall\r\nAgent: '.length;
    expect(places(request)).toEqual([[at, at + 'nobody before'.length]]);
  });

  it('are none where all say the same, or one says another one each time', () => {
    const request = fromLatin1('SHOW /of/anything HTPP\r\nPlace: hall\r\nAgent: nobody before\r\n\r\n');
    expect(
      ownLines(
        toDialogs(
          speak(
            pages(() => 'always the same'),
            40,
            1,
          ),
        ),
      )(request),
    ).toEqual([]);
    const changing: Protocol = (dice, session) =>
      [1, 2, 3].flatMap(() => pages((d) => d.text(5, 12))(dice, session) as ReturnType<typeof s>[]);
    expect(ownLines(toDialogs(speak(changing, 40, 1)))(request)).toEqual([]);
  });

  it.each(seeds())('do not tell what is asked: who was never heard of is answered as others are (seed %i)', (seed) => {
    const caller = new Caller(learnOne(speak(steady, 40, seed)));
    const ask = (what: string) => caller.say(`${what} HTPP\r\nPlace: hall\r\nAgent: Stranger/0.1 of elsewhere\r\n\r\n`);
    expect(ask('SHOW /of/granite17')).toBe('OK\r\n\r\nshown granite17\r\n');
    expect(ask('COUNT /of/heron42')).toBe('OK\r\n\r\nof heron42 there are none\r\n');
    expect(ask('LIST /all')).toBe('OK\r\n\r\nred green blue\r\n');
  });
});
