/** Which unknown requests are one activity, and which are not. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tinyModel } from '../../tests/helpers/models.js';
import { worked } from '../../tests/helpers/patience.js';
import { fromLatin1 } from '../bytes/bytes.js';
import { Activities } from './activities.js';
import { Path } from './paths.js';

const SERVICE = 'tcp/2121';
const letters = (min: number, max: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from('abcdefghijklmnopqrstuvwxyz')), minLength: min, maxLength: max });

/** How many groups these requests make. */
function groups(requests: readonly (string | Uint8Array)[]): number {
  const activities = new Activities(tinyModel({}).services);
  const bytes = requests.map((request) => (typeof request === 'string' ? fromLatin1(request) : request));
  return new Set(bytes.map((request) => activities.find(SERVICE, request).group.id)).size;
}

describe('one activity', () => {
  test('a command with other arguments each time, few or many', () => {
    const argument = fc.oneof(letters(1, 12), fc.nat().map(String), letters(30, 200));
    fc.assert(
      fc.property(
        letters(3, 9),
        fc.array(fc.array(argument, { minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 40 }),
        (verb, all) => {
          expect(groups(all.map((words) => `${verb.toUpperCase()} ${words.join(' ')}\r\n`))).toBe(1);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('a binary header with other payloads', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 12, maxLength: 12 }),
        fc.array(fc.uint8Array({ minLength: 0, maxLength: 6 }), { minLength: 2, maxLength: 30 }),
        (header, payloads) => {
          expect(groups(payloads.map((payload) => Uint8Array.from([...header, ...payload])))).toBe(1);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('a long form with a few values in it', () => {
    const form = (path: string, host: string, agent: string): string =>
      `FETCH /${path} V/1.1\r\nFrom: ${host}\r\nAgent: ${agent}/1.0\r\nTake: */*\r\n\r\n`;
    expect(
      groups([form('a', 'h', 'x'), form('index/of/all?x=17', 'example.org', 'Long Agent 7'), form('zz', 'q', 'yy')]),
    ).toBe(1);
  });
});

describe('several activities', () => {
  test('commands with other verbs, though their arguments are alike', () => {
    const verbs = ['SHUTDOWN', 'UPLOAD', 'EXECUTE', 'CONFIG'];
    const requests = verbs.flatMap((verb) => ['one', 'two', 'three'].map((name) => `${verb} ${name}\r\n`));
    expect(groups(requests)).toBe(verbs.length);
  });

  test('text and binary', () => {
    expect(groups(['SHUTDOWN now\r\n', '\x01\x02\x03\x90\x91\x92'])).toBe(2);
  });
});

describe('the work', () => {
  test('is bounded: three thousand requests that have nothing in common make a bounded number of groups, fast', () => {
    const activities = new Activities(tinyModel({}).services);
    let state = 7;
    const byte = (): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 24;
    const ids = new Set<string>();
    const time = worked(() => {
      for (let i = 0; i < 3_000; i++) ids.add(activities.find(SERVICE, Uint8Array.from({ length: 40 }, byte)).group.id);
    });
    expect(ids.size).toBeLessThan(150);
    expect(time).toBeLessThan(20_000);
  });

  test('goes on after a restart where it was', () => {
    const first = new Activities([]);
    const { group } = first.find(SERVICE, fromLatin1('SHUTDOWN now\r\n'));
    first.find(SERVICE, fromLatin1('SHUTDOWN later tonight\r\n'));
    const second = new Activities([]);
    second.restore(group.id, SERVICE, first.save(group));
    second.restore('broken', SERVICE, '{');
    expect(second.find(SERVICE, fromLatin1('SHUTDOWN whenever you like, 17\r\n'))).toMatchObject({
      isNew: false,
      group: { id: group.id },
    });
  });
});

describe('a path', () => {
  const pathOf = (states: readonly number[]): Path => {
    const path = new Path();
    for (const state of states) path.reach(state);
    return path;
  };

  test('is the same activity however often a round is made', () => {
    const id = pathOf([1, 2, 3, 2, 3, 4]).id(SERVICE);
    expect(pathOf([1, 2, 3, 2, 3, 2, 3, 2, 3, 4]).id(SERVICE)).toBe(id);
    expect(pathOf([1, 2, 3, 4]).id(SERVICE)).toBe(id);
    expect(pathOf([1, 2, 4]).id(SERVICE)).not.toBe(id);
    expect(pathOf([1, 2, 3, 4]).id('tcp/1')).not.toBe(id);
  });

  test('is bounded', () => {
    expect(pathOf(Array.from({ length: 10_000 }, (_, i) => i)).states.length).toBeLessThan(100);
  });
});
