/** Where the regions of a class lie in a request that does not quite fit. */
import { describe, expect, it } from 'vitest';
import { EMPTY, concat, fromLatin1 } from '../bytes/bytes.js';
import type { Region, RequestClass, ServiceModel } from '../model/types.js';
import { Caller, c, learnOne, record, s } from '../../tests/helpers/sessions.js';
import { Matcher, roughEdges } from './match.js';

const fixed = (text: string): Region => ({ kind: 'fixed', bytes: fromLatin1(text) });
const name: Region = { kind: 'mutating', type: 'ascii', min: 3, max: 5 };

/** A class of these requests, the first of which is its example. */
function told(id: number, regions: readonly Region[], seen: readonly string[]): RequestClass {
  const [example = EMPTY, ...others] = seen.map(fromLatin1);
  const select = { kind: 'leaf', value: 0, samples: seen.length, wrong: 0 } as const;
  return { id, group: id, regions, samples: seen.length, distinct: seen.length, example, seen: others, select };
}

/** A machine whose states take requests of these classes. */
function machine(classes: readonly RequestClass[], states: readonly (readonly number[])[]): ServiceModel {
  return {
    transport: 'tcp',
    port: 7000,
    server: '192.0.2.7',
    framing: { silence: 200 },
    classes,
    states: states.map((taken, id) => ({
      id,
      classes: [],
      answer: [],
      close: 'stay',
      samples: 1,
      confidence: 1,
      transitions: taken.map((c) => ({ class: c, to: 0, samples: 1 })),
    })),
    training: { sessions: 2, conversations: 2, leftOut: {}, remarks: [] },
  };
}

describe('the last field of a request', () => {
  const regions = [fixed('\x82\0\x01'), name, fixed('\x01')];

  it('is where it was, with a value that was never seen', () => {
    const request = concat([fromLatin1('\x82\0\x01'), fromLatin1('a long name'), Uint8Array.of(2)]);
    expect([...roughEdges(regions, request)]).toEqual([0, 3, 14, 15]);
  });

  it('is missing where a text ends without it', () => {
    const request = fromLatin1('get a long name');
    expect([...roughEdges([fixed('get '), name, fixed(' v1')], request)]).toEqual([0, 4, 7, 15]);
  });
});

describe('a request that fits several classes whole', () => {
  const names = ['sage1527', 'laura809', 'kale5001', 'ginger4696', 'scarlet8382', 'pine8201', 'elm772', 'oak9911'];

  it('is the word that has an answer of its own, though only unknown ones were said there', () => {
    const known = { hall: '21.5', load: '0.17', mail: '7' };
    const told = Object.entries(known).flatMap(([name, value]) =>
      [0, 1, 2].map((i) => record(i, [c('list\n'), s('some\n'), c(`fetch ${name}\n`), s(`${value}\n`)])),
    );
    const others = names.map((name, i) => record(i, [c(`fetch ${name}\n`), s('# Unknown service\n')]));
    const caller = new Caller(learnOne([...told, ...others].map((session, id) => ({ ...session, id }))));
    expect(caller.say('fetch hall\n')).toBe('21.5\n');
    expect(caller.say('fetch plover4711\n')).toBe('# Unknown service\n');
  });

  it('belongs to the class that such requests of training were of', () => {
    const free: Region = { kind: 'mutating', type: 'ascii', min: 0, max: 30 };
    const build = [fixed('run 2cc -o '), free, fixed(' in '), free];
    const other = [fixed('run '), { ...free, min: 5 }, fixed(' -o '), { ...free, min: 5 }, fixed(' in the hall')];
    const classes = [
      told(
        0,
        build,
        ['basil in the hall', 'elm in a room', 'oak in the hall', 'pine in the hall'].map((w) => `run 2cc -o ${w}`),
      ),
      told(
        1,
        other,
        names.map((name) => `run ${name} -o ${name} in the hall`),
      ),
    ];
    const matcher = new Matcher(machine(classes, [[0, 1]]));
    expect(matcher.find(0, fromLatin1('run 2cc -o plover in the hall'))?.class).toBe(0);
    expect(matcher.find(0, fromLatin1('run heron -o plover in the hall'))?.class).toBe(1);
  });

  it('is no word of another kind that it would only be if that were far longer than it ever was', () => {
    const told = names.map((name, i) => record(i, [c(`z${name}\0`), s('what?\0')]));
    const stored = names.map((name, i) =>
      record(20 + i, [c(`zSTORE\0A ${name} ${'.'.repeat(3 * i)}\0\0`), s('stored\0')]),
    );
    const caller = new Caller(learnOne([...told, ...stored].map((session, id) => ({ ...session, id }))));
    expect(caller.say(`zSTORE\0B ${'plover '.repeat(30)}\0\0`)).toBe('stored\0');
    expect(caller.say('zplover4711\0')).toBe('what?\0');
  });

  it('is what nobody said here, rather than what was never half as long as it would be', () => {
    const class0 = [fixed('the head of '), { ...name, min: 2, max: 6 }];
    const class1 = [fixed('the head of '), name, fixed('off '), name, fixed('\0\0')];
    const classes = [told(0, class0, ['the head of keep']), told(1, class1, ['the head of keepoff elm\0\0'])];
    const matcher = new Matcher(machine(classes, [[0], [1]]));
    expect(matcher.find(0, fromLatin1('the head of pineoff walrus\0\0'))?.class).toBe(1);
    expect(matcher.find(0, fromLatin1('the head of walrus'))?.class).toBe(0);
  });
});
