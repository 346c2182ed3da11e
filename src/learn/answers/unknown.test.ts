/** Parts of an answer that no rule explains: which of the values seen is said when. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../emulate/index.js';
import { Caller, c, learnOne, record, s } from '../../../tests/helpers/sessions.js';

/** All that is told beside. */
const LONG = ` is what lives here${'; it has four legs and eats what it finds in the wood'.repeat(3)}.\n`;

describe('values of which most were seen once', () => {
  const sessions = [
    ['FIRST MODE', 'red fox'],
    ['FIRST MODE', 'red fox'],
    ['FIRST MODE', 'old owl'],
    ['OTHER', 'shy cat'],
  ].map(([mode = '', animal = ''], id) =>
    record(id, [c(`${mode}\n`), s(`${mode} it is, and so it will be\n`), c('ANIMAL?\n'), s(`${animal}${LONG}`)]),
  );

  const said = (mode: string) => {
    const caller = new Caller(compile(learnOne(sessions)));
    caller.say(`${mode}\n`);
    return caller.say('ANIMAL?\n');
  };

  it('are each said where they were seen', () => {
    expect(said('OTHER')).toBe(`shy cat${LONG}`);
    expect(said('FIRST MODE')).toBe(`red fox${LONG}`);
  });
});
