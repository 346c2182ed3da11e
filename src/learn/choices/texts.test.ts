/** What texts of any length in requests tell: whether the server knows a name, and a sign anywhere. */
import { describe, expect, it } from 'vitest';
import { EMPTY, fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import { decide, type Context } from '../../model/meaning.js';
import type { Region } from '../../model/types.js';
import { Caller, c, learnOne, record, s } from '../../../tests/helpers/sessions.js';
import { contentFeatures, sizeFeatures } from './features.js';
import { textFeatures } from './texts.js';
import { growPlainTree } from './tree.js';

const NOBODY = { address: '', port: 0 };

const WORDS = 'basil cedar dahlia elm fern ginger hazel iris jasmine kale laurel maple nettle oak pine rose'.split(' ');
const word = (i: number) => WORDS[(i * 7) % 16] ?? '';
const from = (i: number) => ({ client: { address: `10.9.0.${i + 1}`, port: 4000 } });

describe('a name', () => {
  const regions: readonly Region[] = [
    { kind: 'fixed', bytes: fromLatin1('read ') },
    { kind: 'mutating', type: 'ascii', min: 4, max: 12 },
  ];
  const context = (name: string): Context => {
    const request = fromLatin1(`read ${name}`);
    const edges = Int32Array.of(0, 5, request.length);
    const said = { request, answer: EMPTY, class: 0, group: 0, edges, state: -1, time: 0 };
    return { said: [said], at: 0, environment: { client: NOBODY, server: NOBODY }, now: 0 };
  };
  const isPrivate = (value: Uint8Array) => /\d/.test(toLatin1(value));
  const treeOf = (names: readonly string[], labels: readonly number[]) => {
    const contexts = names.map(context);
    const label = Int32Array.from(labels);
    const features = [
      ...contentFeatures(contexts, regions, undefined, { isPrivate }),
      ...sizeFeatures(contexts, regions, { isPrivate }),
      ...textFeatures(contexts, regions, 0, label, { isPrivate }),
    ];
    return growPlainTree(label, features, { maxDepth: 24, strict: false, least: 1, plain: true });
  };
  const known = ['hall', 'room', 'stairs', 'attic', 'cellar'];
  const others = WORDS.map((text, i) => `${text}${10 + i}`);

  it('that nobody ever said is none of those that the server knows', () => {
    const names = [...known, ...known, ...known, ...others];
    const tree = treeOf(
      names,
      names.map((name) => Number(known.includes(name))),
    );
    for (const name of known) expect(decide(tree, context(name))).toBe(1);
    for (const name of ['heron', 'hall7', 'plover88', 'ha', 'stair']) expect(decide(tree, context(name))).toBe(0);
  });

  it('is not listed where everybody says the same names', () => {
    const names = [...known, ...known, ...known];
    const labels = Int32Array.from(names, (name) => Number(name.length === 4));
    expect(
      textFeatures(names.map(context), regions, 0, labels, { isPrivate }).filter(({ test }) => test.kind === 'value'),
    ).toEqual([]);
  });
});

describe('a sign', () => {
  it('that stands anywhere in a text decides', () => {
    const request = (text: string) => `\x01\x00${String.fromCharCode(text.length)}say[${text}]`;
    const sessions = Array.from({ length: 24 }, (_, i) => {
      const mark = i % 3 === 0 ? '*' : ' ';
      const text = `${word(i)},${word(i + 3)}${mark}${word(i * 5 + 2)}${i % 4 === 0 ? word(i + 9) : ''}`;
      return record(i, [c(request(text)), s(mark === '*' ? 'not allowed' : `you say ${text}`)], from(i));
    });
    const caller = new Caller(learnOne(sessions));
    expect(caller.say(request('heron,plover falcon'))).toBe('you say heron,plover falcon');
    expect(caller.say(request('heron,plover*falcon'))).toBe('not allowed');
    expect(caller.say(request('heron,plover*elm'))).toBe('not allowed');
    // the number before it is 42, as the sign is
    const long = 'heron,plover falcon osprey kestrel merlin!';
    expect(caller.say(request(long))).toBe(`you say ${long}`);
  });
});
