/** What lasts as long as a connection: others of the same source are told of it until it is over. */
import { describe, expect, it } from 'vitest';
import type { Session } from '../../capture/types.js';
import {
  Caller,
  Dice,
  c,
  differences,
  learnOne,
  record,
  s,
  seeds,
  type Spoken,
} from '../../../tests/helpers/sessions.js';
import { compile } from '../../emulate/index.js';

const START = 1_700_000_000;

/**
 * Each source holds a name with one connection, and asks for it with others, while it is held and perhaps after it was
 * let go. @param forgets whether the server forgets the name when that connection is over
 */
function holders(count: number, seed: number, forgets: boolean): Session[] {
  const dice = new Dice(seed);
  let id = seed * 10_000;
  return Array.from({ length: count }, (_, source): Session[] => {
    const address = `10.${seed % 200}.3.${(source % 200) + 1}`;
    const [start, name, place] = [START + 60 * source, dice.text(5, 9), dice.between(1000, 60_000)];
    const at = (seconds: number, spoken: readonly Spoken[], over?: number): Session => ({
      ...record(id++, spoken, { client: { address, port: 20_000 + (id % 30_000) }, start: start + seconds }),
      ...(over === undefined ? {} : { over: start + over, end: start + over }),
    });
    const ask = (seconds: number, who: string, isThere: boolean) =>
      at(seconds, [c(`who ${who}\r\n`), s(isThere ? `${who} is at ${place}\r\n` : 'nobody\r\n')]);
    const isLetGo = dice.between(1, 2) === 1;
    return [
      at(0, [c(`hold ${name} ${place}\r\n`), s('held\r\n')], isLetGo ? 5 : 20),
      ask(2, name, true),
      ...(dice.between(1, 3) === 1 ? [ask(3, dice.text(5, 9), false)] : []),
      ...(isLetGo ? [ask(8, name, !forgets)] : [ask(9, name, true)]),
    ];
  }).flat();
}

describe('what a connection holds', () => {
  it.each(seeds())('is known while it lasts, and not after it (seed %i)', (seed) => {
    const service = learnOne(holders(50, seed, true));
    expect(differences(service, holders(30, seed + 100, true))).toEqual([]);
  });

  it.each(seeds())('is known after it, where the server keeps it (seed %i)', (seed) => {
    const service = learnOne(holders(50, seed, false));
    expect(differences(service, holders(30, seed + 100, false))).toEqual([]);
    expect(JSON.stringify(service)).not.toContain('"open":true');
  });

  it('is let go with a connection that is reset as well', () => {
    const compiled = compile(learnOne(holders(50, 1, true)));
    const holder = new Caller(compiled);
    const ask = () => new Caller(compiled).say('who walter\r\n');
    expect(ask()).toBe('nobody\r\n');
    expect(holder.say('hold walter 4711\r\n')).toBe('held\r\n');
    expect(ask()).toBe('walter is at 4711\r\n');
    holder.dialogue.leave(holder.now);
    expect(ask()).toBe('nobody\r\n');
  });
});
