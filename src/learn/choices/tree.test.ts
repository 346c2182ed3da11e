import { describe, expect, it } from 'vitest';
import type { Test } from '../../model/types.js';
import { growPlainTree, growTree, type Feature } from './tree.js';

const HOW = { maxDepth: 8, strict: false, least: 1 } as const;

function question(name: string, yes: string, cost: number): Feature {
  const test: Test = { kind: 'contains', of: { kind: 'request', back: 0 }, bytes: new TextEncoder().encode(name) };
  return { test, yes: Uint8Array.from(yes, Number), cost };
}

function asked(tree: ReturnType<typeof growTree>): string[] {
  if (tree.kind === 'leaf') return [];
  const own = tree.test.kind === 'contains' ? [new TextDecoder().decode(tree.test.bytes)] : [];
  return [...own, ...asked(tree.yes), ...asked(tree.no)];
}

describe('the tree of few samples', () => {
  // two questions tell all three kinds apart; each chance one sets a single sample apart, and the first tells most
  const labels = Int32Array.from([0, 0, 0, 1, 1, 2]);
  const features = [
    question('kind', '111110', 8),
    question('type', '111000', 9),
    question('chance 1', '110000', 5),
    question('chance 2', '001000', 10),
    question('chance 3', '000100', 10),
    question('chance 4', '000010', 10),
  ];

  it('is the plainest one as a whole', () => {
    expect(asked(growTree(labels, features, { ...HOW, plain: true })).sort()).toEqual(['kind', 'type']);
  });

  it('is a leaf where nothing is to be asked', () => {
    expect(growTree(labels, [], { ...HOW, plain: true })).toEqual({ kind: 'leaf', value: 0, samples: 6, wrong: 3 });
  });
});

describe('the tree of samples that do one thing in a session', () => {
  const labels = Int32Array.from([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
  const state: Feature = {
    test: { kind: 'state', back: 1, states: [4] },
    yes: Uint8Array.from('1111110000000000', Number),
    cost: 4.5,
  };

  it('asks what was said, not when, where both tell as much', () => {
    const features = [state, question('read', '1111110000000000', 9), question('write', '0000001111100000', 9)];
    expect(growTree(labels, features, HOW)).toMatchObject({ test: state.test });
    expect(asked(growPlainTree(labels, features, HOW)).sort()).toEqual(['read', 'write']);
  });

  it('asks when, where what was said tells nothing', () => {
    const features = [state, question('write', '0000001111100000', 9), question('chance', '1010101010101010', 9)];
    expect(JSON.stringify(growPlainTree(labels, features, HOW))).toContain(JSON.stringify(state.test));
  });
});

describe('the tree of samples of which one is unlike all others, for what came before', () => {
  // of 25 clients, one says it where nobody else does; who it is and what it says part it from the others only together
  const labels = Int32Array.from({ length: 25 }, (_, i) => Number(i === 24));
  const only = '0'.repeat(24) + '1';
  const when: Feature = {
    test: { kind: 'state', back: 1, states: [2] },
    yes: Uint8Array.from(only, Number),
    cost: 4.5,
  };

  it('asks that, not three things that part it by chance', () => {
    const chance = [
      question('who', '1'.repeat(17) + '0'.repeat(8), 4),
      question('what', '0'.repeat(23) + '10', 2),
      question('how', '0'.repeat(17) + '1'.repeat(6) + '00', 6),
    ];
    expect(growPlainTree(labels, [when, ...chance], HOW)).toMatchObject({ test: when.test });
  });
});

describe('the tree of samples that look alike by what was said and by what was said before', () => {
  const labels = Int32Array.from([0, 0, 0, 1, 1, 1, 1, 1, 1, 1]);
  const before: Feature = {
    test: { kind: 'recalled', among: [{ kind: 'recall', group: 0, keys: [], side: 'request' }], which: 0 },
    yes: Uint8Array.from('0000001111', Number),
    cost: 7,
  };
  const name = question('name', '1110000000', 7);

  it('asks what was said, whichever answer that gives', () => {
    const asksFirst = growTree(labels, [before, question('type', '1111110000', 5), name], HOW);
    expect(asked(asksFirst)).toEqual(['name']);
    const kinds = Int32Array.from([0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    expect(growTree(kinds, [before], HOW)).toMatchObject({ test: before.test });
    expect(asked(growTree(kinds, [before, question('type', '1111110000', 6)], HOW))).toEqual(['type']);
  });

  it('asks what was said before, where what is said parts the samples otherwise, or is a dearer question', () => {
    const kinds = Int32Array.from([0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    const others = [question('type', '1111111000', 4), question('one name', '1111110000', 15)];
    expect(growTree(kinds, [before, ...others], HOW)).toMatchObject({ test: before.test });
  });

  it('asks first what was said, and what was said before only of those that it was asked of', () => {
    // who writes is told so; who reads is told what was written, where there is something
    const kinds = Int32Array.from([0, 0, 0, 0, 0, 0, 2, 2, 2, 1, 1]);
    const written: Feature = { ...before, yes: Uint8Array.from('00000011100', Number) };
    const write = question('write', '11111100000', 7);
    const tree = growTree(kinds, [{ ...written, cost: 3 }, write], HOW);
    expect(tree).toMatchObject({ test: write.test, no: { test: before.test, yes: { value: 2 }, no: { value: 1 } } });
  });
});
