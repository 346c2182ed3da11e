/** Building and simplifying: bounds, and the number of states over the thresholds. */
import { describe, expect, it } from 'vitest';
import { fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import { build, type BuildSession } from './build.js';
import { follow, simplify, SimplifyCache } from './simplify.js';

const session = (...turns: readonly (readonly [string, string])[]): BuildSession => ({
  requests: turns.map(([request]) => fromLatin1(request)),
  answers: [fromLatin1('hello\r\n'), ...turns.map(([, answer]) => fromLatin1(answer))],
});

describe('building [05 §2.3]', () => {
  it('follows equal requests and adds others', () => {
    const machine = build([
      session(['USER bob', '+'], ['QUIT', 'bye']),
      session(['USER bob', '+'], ['LIST', '0']),
      session(['USER eve', '-']),
    ]);
    expect(machine.states.length).toBe(5);
    expect(machine.states[0]?.transitions.map((t) => t.count)).toEqual([2, 1]);
    expect(toLatin1(machine.answer(0))).toBe('hello\r\n');
    expect(toLatin1(machine.answer(3))).toBe('0');
    expect(machine.report()).toEqual([]);
  });

  it('stores equal messages once, with a count', () => {
    const machine = build([session(['A', '+'], ['A', '+']), session(['A', '+'])]);
    expect(machine.messages.map((m) => [toLatin1(m.bytes), m.count])).toEqual([
      ['hello\r\n', 2],
      ['A', 3],
      ['+', 3],
    ]);
  });

  it('a state is labelled with the answer seen most often', () => {
    const machine = build([session(['A', '1']), session(['A', '2']), session(['A', '2'])]);
    expect(toLatin1(machine.answer(1))).toBe('2');
  });

  it('counts and reports what the bounds cut off', () => {
    const narrow = build(
      ['a', 'b', 'c', 'd'].map((r) => session([r, '+'], ['x', '+'])),
      { maxFanOut: 2, maxStates: 100 },
    );
    expect(narrow.states[0]?.transitions.length).toBe(2);
    expect(narrow.cutOff).toEqual({ sessions: 2, requests: 4, byFanOut: 2, byStates: 0 });
    const small = build(
      ['a', 'b', 'c', 'd'].map((r) => session([r, '+'], ['x', '+'])),
      { maxFanOut: 100, maxStates: 4 },
    );
    expect(small.states.length).toBe(4);
    expect(small.report()[0]).toBe(
      '3 of 4 sessions were cut off, with 5 requests: 3 because the machine had 4 states.',
    );
  });
});

const names = ['bob', 'alice', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy'];
const files = ['index.html', 'a.txt', 'readme', 'pic/logo.gif', 'data.bin'];
const sample = names.map((name, i) =>
  session(
    [`USER ${name}\r\n`, '331 password\r\n'],
    [`PASS ${name.toUpperCase()}${i * 7919}\r\n`, '230 in\r\n'],
    i % 3 === 0 ? ['LIST\r\n', '226 list\r\n'] : [`GET ${files[i % files.length] ?? ''}\r\n`, '226 file\r\n'],
    ...(i % 2 === 0 ? [['NOOP\r\n', '200 ok\r\n'] as const] : []),
    ['QUIT\r\n', '221 bye\r\n'],
  ),
);

describe('simplifying [05 §2.4]', () => {
  it('merges what the names kept apart, and keeps the verbs apart', () => {
    const built = build(sample);
    const machine = simplify(built, { W: 0.75, w: 1 });
    const root = machine.states[0];
    expect(root?.transitions.length).toBe(1);
    expect(root?.transitions[0]).toMatchObject({ samples: 10, distinct: 10 });
    const after = machine.states[root?.transitions[0]?.to ?? 0];
    const inside = machine.states[after?.transitions[0]?.to ?? 0];
    expect(inside?.transitions.length).toBe(2);
    const list = inside === undefined ? null : follow(inside, fromLatin1('LIST\r\n'));
    const get = inside === undefined ? null : follow(inside, fromLatin1('GET other.txt\r\n'));
    expect(list).not.toBeNull();
    expect(get).not.toBeNull();
    expect(list?.to).not.toBe(get?.to);
  });

  it('keeps every answer seen, most frequent first', () => {
    const built = build([session(['A1', 'x']), session(['A2', 'y']), session(['A3', 'y'])]);
    const machine = simplify(built, { W: 1, w: 1 });
    expect(machine.states.length).toBe(2);
    expect(
      machine.states[1]?.answers.map(([m, n]) => [toLatin1(built.messages[m]?.bytes ?? fromLatin1('')), n]),
    ).toEqual([
      ['y', 2],
      ['x', 1],
    ]);
  });

  it('thresholds: the number of states falls from its maximum at W = 0 and w = 0 to its minimum at (1, 1)', () => {
    const built = build(sample);
    const cache = new SimplifyCache();
    const grid = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
    const states = grid.map((W) => grid.map((w) => simplify(built, { W, w }, cache).states.length));
    const all = states.flat();
    const most = Math.max(...all);
    const least = Math.min(...all);
    expect(most).toBe(built.states.length);
    expect(states[0]).toEqual(grid.map(() => most));
    expect(states.map((row) => row[0])).toEqual(grid.map(() => most));
    expect(states[grid.length - 1]?.[grid.length - 1]).toBe(least);
    // The longest session is a chain of five requests behind the opening.
    expect(least).toBe(6);
    // Along the edges without the other threshold's help it never rises.
    const alongW = states.map((row) => row[grid.length - 1] ?? 0);
    expect([...alongW].sort((x, y) => y - x)).toEqual(alongW);
    const alongMicro = states[grid.length - 1] ?? [];
    expect([...alongMicro].sort((x, y) => y - x)).toEqual(alongMicro);
    // It is a slope, not a step.
    expect(new Set(all).size).toBeGreaterThan(4);
  });
});
