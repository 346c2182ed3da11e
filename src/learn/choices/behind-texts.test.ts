/** Questions about what stands right behind a name of any length. */
import { describe, expect, it } from 'vitest';
import { concat, EMPTY, fromLatin1 } from '../../bytes/bytes.js';
import { ask as askOf } from '../../model/meaning.js';
import type { Test } from '../../model/types.js';
import { big, CLIENT, Dice, seeds, SERVER } from '../../../tests/helpers/sessions.js';
import { behindTexts } from './behind-texts.js';

const counted = (text: string, width = 1) => concat([big(text.length, width), fromLatin1(text)]);
const ask = (name: string, flag: number) =>
  concat([big(0x010001, 3), big(name.length + 7, 4), big(0x32000a, 5), counted(name), big(flag, 1), big(0xce, 5)]);

function isTrue(test: Test, request: Uint8Array): boolean {
  const said = [{ request, class: 0, group: 0, edges: null, answer: EMPTY, state: -1, time: 0 }];
  return askOf(test, { said, at: 0, environment: { client: CLIENT, server: SERVER }, now: 0 });
}

describe('a flag behind a name of any length', () => {
  it.each(seeds())('is asked for, whatever the names (seed %i)', (seed) => {
    const dice = new Dice(seed);
    const flags = Array.from({ length: 30 }, (_, i) => (i % 12 === 3 ? 1 : 4));
    const requests = flags.map((flag) => ask(dice.text(3, 12), flag));
    const question = behindTexts(requests).find(({ test }) => test.kind === 'value' && test.values[0]?.[0] === 1);
    const test = question?.test;
    expect(test && requests.map((request) => isTrue(test, request))).toEqual(flags.map((flag) => flag === 1));
    // cheaper than a letter of a name that happens to be in few of them
    expect(question?.cost).toBeLessThan(12);
  });

  it('is looked for neither in lines, nor where a number does not always say where a text ends', () => {
    const names = ['walrus', 'ox', 'gazelle', 'marmot', 'adder'];
    expect(behindTexts(names.map((name, i) => fromLatin1(`get ${name} ${i % 2}\n`)))).toEqual([]);
    const wrong = names.map((name, i) => concat([big(1, 2), counted(`${name}xx`), big(i % 2, 1), big(0, 4)]));
    expect(behindTexts(wrong)).not.toEqual([]);
    expect(behindTexts([...wrong, concat([big(1, 2), big(9, 1), fromLatin1('owl'), big(0, 8)])])).toEqual([]);
  });
});
