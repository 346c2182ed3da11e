/** What came again with one and the same answer is answered by rote, but only where what came before decides nothing. */
import { describe, expect, it } from 'vitest';
import { fromLatin1 } from '../../bytes/bytes.js';
import { compile } from '../../emulate/index.js';
import type { Context } from '../../model/meaning.js';
import type { ServiceModel } from '../../model/types.js';
import { Dice, c, differences, learnOne, s, seeds, speak, type Protocol } from '../../../tests/helpers/sessions.js';
import { believed, knownByRote, withRote } from './rote.js';
import { growTree, type Feature } from './tree.js';

const WORDS = ['LIST', 'STAT', 'INFO', 'HELP', 'SIZE', 'TIME'];

interface Case {
  readonly word: string;
  readonly before: number;
  readonly label: number;
}

/** One request in each of many sessions, behind a state that is drawn by lot; the questions are about that state alone. */
function grown(cases: readonly Case[]) {
  const contexts = cases.map(({ word, before }): Context => {
    const said = [
      { request: '', state: before },
      { request: word, state: -1 },
    ].map(({ request, state }) => ({
      request: fromLatin1(request),
      class: 0,
      group: 0,
      edges: null,
      answer: new Uint8Array(0),
      state,
      time: 0,
    }));
    const end = { address: '192.0.2.1', port: 1 };
    return { said, at: 1, environment: { client: end, server: end }, now: 0 };
  });
  const states = [...new Set(cases.map(({ before }) => before))].sort((a, b) => a - b);
  const features = states.map((state): Feature => {
    const yes = Uint8Array.from(cases, ({ before }) => Number(before === state));
    return { test: { kind: 'state', back: 1, states: [state] }, yes, cost: 1 };
  });
  const answer = (label: number) => [fromLatin1(`answer ${label}`)];
  return {
    labels: Int32Array.from(cases, ({ label }) => label),
    features,
    contexts,
    answers: cases.map(({ label }) => answer(label)),
    grow: (labels: Int32Array, its: readonly Feature[]) =>
      growTree(labels, its, { maxDepth: 24, strict: false, least: 1 }),
    gives: (state: number, i: number) => cases[i]?.label === state,
    isWhole: () => true,
  };
}

const cases = (seed: number, labelOf: (word: number, before: number) => number): Case[] => {
  const dice = new Dice(seed);
  return Array.from({ length: 60 }, () => {
    const [word, before] = [dice.between(0, WORDS.length - 1), dice.between(10, 30)];
    return { word: WORDS[word] ?? '', before, label: labelOf(word, before) };
  });
};

describe.each(seeds(3))('requests that came again (%i)', (seed) => {
  it('are known by rote where the request alone decides', () => {
    const samples = grown(cases(seed, (word) => word));
    const { told, tally } = knownByRote(samples);
    expect(believed([tally])).toEqual([true]);
    const tree = withRote(samples.grow(samples.labels, samples.features), told);
    expect(tree).toMatchObject({ kind: 'test', test: { kind: 'value' } });
    expect(new Set(told.map(({ state }) => state)).size).toBe(WORDS.length);
  });

  it('are not where what came before decides', () => {
    const { tally } = knownByRote(grown(cases(seed, (_, before) => before % 2)));
    expect(believed([tally])).toEqual([false]);
  });
});

describe('what is believed', () => {
  it('takes several trees together, but not against what speaks for one of them', () => {
    const tallies = [
      { rote: 9, tree: 0 },
      { rote: 0, tree: 0 },
      { rote: 1, tree: 2 },
    ];
    expect(believed(tallies)).toEqual([true, true, false]);
    expect(believed([{ rote: 2, tree: 0 }])).toEqual([false]);
  });
});

describe('an answer by rote', () => {
  const service = learnOne(
    speak(
      (dice) => {
        const name = dice.text(4, 8);
        return [c(`GET ${name}\n`), s(`+${name}\n`)];
      },
      12,
      1,
    ),
  );
  const messages = [fromLatin1('-no\n')];
  const rote = [{ request: fromLatin1('GET nothing\n'), messages }];
  const told: ServiceModel = {
    ...service,
    states: service.states.map((state, i) => (i === 0 ? state : { ...state, rote })),
  };

  it.each([
    ['GET nothing\n', '-no\n'],
    ['GET something\n', '+something\n'],
  ])('is given to just that request: %j', (request, answer) => {
    const end = { address: '192.0.2.1', port: 1 };
    const dialogue = compile(told).dialogue({ client: end, server: end }, () => 0);
    dialogue.open(0);
    const sent = dialogue.receive(fromLatin1(request), 1).filter((command) => command.kind === 'send');
    expect(sent.map(({ bytes }) => bytes)).toEqual([fromLatin1(answer)]);
  });
});

describe('a service whose answers follow from what was said before', () => {
  const protocol: Protocol = (dice) => {
    const [key, value, other] = [dice.pick(['a', 'b']), dice.text(3, 6), dice.text(3, 6)];
    const set = (its: string) => [c(`SET ${key} ${its}\n`), s('+done\n'), c(`GET ${key}\n`), s(`+${its}\n`)];
    return dice.between(0, 1) === 0 ? set(value) : [...set(value), ...set(other)];
  };

  it.each(seeds(2))('has none (%i)', (seed) => {
    const service = learnOne(speak(protocol, 30, seed));
    expect(service.states.filter(({ rote }) => rote !== undefined)).toEqual([]);
    expect(differences(service, speak(protocol, 20, seed + 500))).toEqual([]);
  });
});
