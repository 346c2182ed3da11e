/** Questions about requests of several classes: fields that stand at the same offset in them, whatever their regions are. */
import { describe, expect, it } from 'vitest';
import { EMPTY, concat, fromLatin1 } from '../../bytes/bytes.js';
import { matchRegions } from '../../model/match.js';
import { ask, type Context } from '../../model/meaning.js';
import type { Region } from '../../model/types.js';
import { big, CLIENT, Dice, little, SERVER } from '../../../tests/helpers/sessions.js';
import { contentFeatures, sizeFeatures } from './features.js';

const fixed = (width: number): Region => ({ kind: 'fixed', bytes: new Uint8Array(width) });
const mutating = (width: number): Region => ({ kind: 'mutating', type: 'binary', min: width, max: width });

function asked(request: Uint8Array, id: number): Context {
  const said = { request, class: id, group: 0, edges: null, answer: EMPTY, state: -1, time: 0 };
  return { said: [said], at: 0, environment: { client: CLIENT, server: SERVER }, now: 0 };
}

describe('requests of two classes that differ in how wide a number was', () => {
  const dice = new Dice(7);
  const left = (i: number) => (i % 2 === 0 ? 0 : dice.between(2 ** 25, 2 ** 30));
  const requests = Array.from({ length: 20 }, (_, i) =>
    concat([big(0, 60), big(dice.between(0, 1 + 70_000 * (i % 3)), 3), big(0, 5), big(left(i), 4), dice.bytes(8)]),
  );
  const contexts = requests.map((request, i) => asked(request, i % 3 === 0 ? 1 : 0));
  const classes = [
    [fixed(60), mutating(3), fixed(5), mutating(4), mutating(8)],
    [fixed(62), mutating(1), fixed(5), mutating(4), mutating(8)],
  ];

  it('can be asked whether a field that both have is zero', () => {
    const isZero = contentFeatures(contexts, { classes }).find(
      ({ test }) =>
        test.kind === 'value' && test.values.every((value) => value.length === 4 && value.every((b) => b === 0)),
    );
    expect(isZero).toBeDefined();
    expect(contexts.map((context) => isZero !== undefined && ask(isZero.test, context))).toEqual(
      contexts.map((_, i) => i % 2 === 0),
    );
  });
});

describe('names whose length is said, and of which those with a sign in them are answered otherwise', () => {
  const dice = new Dice(7);
  const names = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? `org.hall.${dice.text(3, 9)}` : dice.text(4, 9)));
  const regions = [fixed(120), mutating(1), fixed(3), { ...mutating(1), max: 40 }, fixed(2)];
  const contexts = names.map((name): Context => {
    const request = concat([new Uint8Array(120), little(name.length, 4), fromLatin1(name), new Uint8Array(2)]);
    const edges = matchRegions(regions, request, true);
    const said = { request, class: 0, group: 0, edges, answer: EMPTY, state: -1, time: 0 };
    return { said: [said], at: 0, environment: { client: CLIENT, server: SERVER }, now: 0 };
  });
  const fields = { classes: [regions] };

  it('can be asked for both, and the length is the dearer question', () => {
    const parts = names.map((name) => Number(name.includes('.')));
    const tells = (features: ReturnType<typeof contentFeatures>) =>
      Math.min(
        ...features
          .filter(({ yes }) => parts.every((part, i) => yes[i] === part) || parts.every((part, i) => yes[i] !== part))
          .map(({ cost }) => cost),
      );
    expect(tells(sizeFeatures(contexts, fields))).toBeGreaterThan(tells(contentFeatures(contexts, fields)));
    expect(tells(sizeFeatures(contexts, fields))).toBeLessThan(Infinity);
  });
});
