/** What positions, spans, tests and rules mean, in small examples. */
import { describe, expect, it } from 'vitest';
import { fromLatin1, toLatin1 } from '../bytes/bytes.js';
import { seeded } from '../bytes/random.js';
import { ask, decide, locate, produce, render, resolve, take, takeFrom, type Context, type Said } from './meaning.js';
import type { Choice, NumberCodec, Piece, Position, Rule, Source, Span, Test } from './types.js';

const bytes = fromLatin1;
const environment = { client: { address: '10.0.0.9', port: 4001 }, server: { address: '192.0.2.1', port: 21 } };
const REQUEST: Source = { kind: 'request', back: 0 };
const START: Position = { kind: 'start', offset: 0 };
const END: Position = { kind: 'end', offset: 0 };
const never = (): number => 0;

interface Line {
  readonly request: string;
  readonly answer: string;
  readonly group?: number;
  readonly state?: number;
  readonly edges?: readonly number[];
}

/** A session in which the greeting and then all lines were said; the last one is the present one. */
function session(greeting: string, ...lines: readonly Line[]): Context {
  const opening: Line = { request: '', answer: greeting, group: -1, state: 0 };
  const said = [opening, ...lines].map((line): Said => ({
    request: bytes(line.request),
    class: line.group ?? 0,
    group: line.group ?? 0,
    edges: line.edges ? Int32Array.from(line.edges) : null,
    answer: bytes(line.answer),
    state: line.state ?? 0,
    time: 0,
  }));
  return { said, at: said.length - 1, environment, now: Date.UTC(2024, 0, 2, 3, 4, 5) };
}

const text = (value: Uint8Array | null): string | null => (value === null ? null : toLatin1(value));
const place = (message: string, edges: readonly number[] = []) => ({
  bytes: bytes(message),
  edges: Int32Array.from(edges),
});

describe('sources', () => {
  const context = session(
    'hello',
    { request: 'user ann', answer: 'who?', group: 1, state: 3 },
    { request: 'pass x', answer: 'no', group: 2, state: 4 },
    { request: 'user eve', answer: 'ok', group: 1, state: 5 },
    { request: 'list', answer: '', group: 3, state: 6 },
  );
  const said = (source: Source) => text(resolve(source, context)?.bytes ?? null);

  it('name requests and answers by how long ago they were', () => {
    expect(said({ kind: 'request', back: 0 })).toBe('list');
    expect(said({ kind: 'request', back: 2 })).toBe('pass x');
    expect(said({ kind: 'answer', back: 1 })).toBe('ok');
    expect(said({ kind: 'answer', back: 4 })).toBe('hello');
    expect(said({ kind: 'request', back: 9 })).toBeNull();
  });

  it('name the first and the latest of a group', () => {
    expect(said({ kind: 'group', group: 1, which: 'latest', side: 'request' })).toBe('user eve');
    expect(said({ kind: 'group', group: 1, which: 'first', side: 'request' })).toBe('user ann');
    expect(said({ kind: 'group', group: 1, which: 'first', side: 'answer' })).toBe('who?');
    expect(said({ kind: 'group', group: 3, which: 'latest', side: 'request' })).toBe('list');
    expect(said({ kind: 'group', group: 7, which: 'latest', side: 'request' })).toBeNull();
  });

  it('never name the answer that is being made', () => {
    expect(said({ kind: 'group', group: 3, which: 'latest', side: 'answer' })).toBeNull();
  });

  it('name the greeting, but not while it is being said', () => {
    expect(said({ kind: 'greeting' })).toBe('hello');
    expect(resolve({ kind: 'greeting' }, session('hello'))).toBeNull();
  });

  it('name both ends of the connection', () => {
    expect(said({ kind: 'environment', what: 'client address' })).toBe('10.0.0.9');
    expect(said({ kind: 'environment', what: 'server port' })).toBe('21');
  });

  it('reach the beginning of a session of any length', () => {
    const many = Array.from({ length: 2000 }, (): Line => ({ request: 'noop', answer: '', group: 8, state: 9 }));
    const long = session('hello', { request: 'user ann', answer: '', group: 1, state: 3 }, ...many);
    expect(text(resolve({ kind: 'group', group: 1, which: 'latest', side: 'request' }, long)?.bytes ?? null)).toBe(
      'user ann',
    );
    expect(ask({ kind: 'visited', states: [3] }, long)).toBe(true);
    expect(ask({ kind: 'visited', states: [4] }, long)).toBe(false);
  });
});

describe('positions', () => {
  it('count from the start and from the end', () => {
    expect(locate({ kind: 'start', offset: 2 }, place('abcd'))).toBe(2);
    expect(locate({ kind: 'end', offset: 1 }, place('abcd'))).toBe(3);
    expect(locate(END, place('abcd'))).toBe(4);
  });

  it('that lie outside of the message are nowhere', () => {
    expect(locate({ kind: 'start', offset: 5 }, place('abcd'))).toBe(-1);
    expect(locate({ kind: 'end', offset: 5 }, place('abcd'))).toBe(-1);
    expect(locate({ kind: 'region', region: 0, edge: 'start', offset: -1 }, place('abcd', [0, 4]))).toBe(-1);
  });

  it('go by the edges of regions', () => {
    const message = place('USER bob\n', [0, 5, 8, 9]);
    expect(locate({ kind: 'region', region: 1, edge: 'start', offset: 0 }, message)).toBe(5);
    expect(locate({ kind: 'region', region: 1, edge: 'end', offset: -1 }, message)).toBe(7);
    expect(locate({ kind: 'region', region: 3, edge: 'end', offset: 0 }, message)).toBe(-1);
    expect(
      locate({ kind: 'region', region: 1, edge: 'start', offset: 0 }, { bytes: bytes('USER bob\n'), edges: null }),
    ).toBe(-1);
  });

  it('go by the n-th marker from either end', () => {
    const marker = (nth: number, edge: 'start' | 'end'): number =>
      locate({ kind: 'marker', bytes: bytes(':'), nth, edge, offset: 0 }, place('a:b:c'));
    expect(marker(0, 'end')).toBe(2);
    expect(marker(1, 'start')).toBe(3);
    expect(marker(-1, 'end')).toBe(4);
    expect(marker(-2, 'start')).toBe(1);
    expect(marker(2, 'end')).toBe(-1);
    expect(marker(-3, 'end')).toBe(-1);
  });
});

describe('a position behind values with their lengths', () => {
  const codec = { kind: 'binary', width: 1, order: 'big' } as const;
  const behind = { kind: 'behind', at: 1, codec, steps: 1, gap: 0, offset: 2 } as const;

  it('is so many bytes behind the last of them', () => {
    expect(locate(behind, place('x\x03abcyz-'))).toBe(7);
    expect(locate({ ...behind, steps: 2, gap: 1, offset: 0 }, place('x\x03abcy\x02pq-'))).toBe(9);
    expect(locate({ ...behind, letters: 2 }, place('x\x03a\0b\0c\0yz-'))).toBe(10);
    expect(locate({ ...behind, letters: 2 }, place('x\x03a\0b\0'))).toBe(-1);
  });

  it('that is beyond the message is nowhere', () => {
    expect(locate(behind, place('x\x09abc'))).toBe(-1);
    expect(locate({ ...behind, at: 9 }, place('x\x03abc'))).toBe(-1);
    expect(locate({ ...behind, steps: 2 }, place('x\x03abc'))).toBe(-1);
  });
});

describe('spans', () => {
  const from: Position = { kind: 'marker', bytes: bytes(' '), nth: 0, edge: 'end', offset: 0 };
  const spanned = (to: Span['to'], message = 'say ann42! <now>'): string | null =>
    text(takeFrom({ of: REQUEST, from, to }, place(message)));

  it('end at a position, a width, a delimiter, or with the word', () => {
    expect(spanned(END)).toBe('ann42! <now>');
    expect(spanned({ kind: 'width', width: 3 })).toBe('ann');
    expect(spanned({ kind: 'until', bytes: bytes('!') })).toBe('ann42');
    expect(spanned({ kind: 'word' })).toBe('ann42');
  });

  it('may be empty', () => {
    expect(spanned({ kind: 'word' }, 'say !')).toBe('');
    expect(spanned(END, 'say ')).toBe('');
  });

  it('that the message does not have are nothing', () => {
    expect(spanned({ kind: 'until', bytes: bytes('?') })).toBeNull();
    expect(spanned({ kind: 'width', width: 99 })).toBeNull();
    expect(spanned(START)).toBeNull();
    expect(spanned(END, 'nospace')).toBeNull();
  });
});

describe('tests', () => {
  const context = session(
    '',
    { request: 'user ann', answer: '', state: 3 },
    { request: 'get 12 ann', answer: '', state: 4 },
    { request: 'end', answer: '' },
  );
  const back: Source = { kind: 'request', back: 1 };
  const number: Span = { of: back, from: { kind: 'start', offset: 4 }, to: { kind: 'word' } };
  const name: Span = { of: { kind: 'request', back: 2 }, from: { kind: 'start', offset: 5 }, to: END };
  const last: Span = { of: back, from: { kind: 'end', offset: 3 }, to: END };
  const decimal: NumberCodec = { kind: 'decimal', pad: 0 };

  it.each<[boolean, string, Test]>([
    [true, 'holds', { kind: 'contains', of: back, bytes: bytes('12') }],
    [false, 'does not hold', { kind: 'contains', of: back, bytes: bytes('13') }],
    [
      false,
      'does not hold there',
      {
        kind: 'contains',
        of: back,
        bytes: bytes('12'),
        within: { of: back, from: { kind: 'start', offset: 0 }, to: { kind: 'width', width: 1 } },
      },
    ],
    [true, 'has at', { kind: 'at', of: back, offset: 0, bytes: bytes('get') }],
    [true, 'has at the end', { kind: 'at', of: back, offset: -3, bytes: bytes('ann') }],
    [false, 'is too short to have at the end', { kind: 'at', of: back, offset: -30, bytes: bytes('ann') }],
    [true, 'is one of', { kind: 'value', span: number, values: [bytes('11'), bytes('12')] }],
    [false, 'is none of', { kind: 'value', span: number, values: [bytes('1')] }],
    [true, 'is short', { kind: 'length', of: back, atMost: 10 }],
    [false, 'is long', { kind: 'length', of: back, atMost: 9 }],
    [true, 'is at most', { kind: 'number', span: number, codec: decimal, atMost: 12 }],
    [false, 'is more', { kind: 'number', span: number, codec: decimal, atMost: 11 }],
    [false, 'is no number', { kind: 'number', span: last, codec: decimal, atMost: 99 }],
    [true, 'was the state before', { kind: 'state', back: 1, states: [1, 4] }],
    [false, 'was not the state before that', { kind: 'state', back: 2, states: [4] }],
    [true, 'was visited', { kind: 'visited', states: [3] }],
    [false, 'was never visited', { kind: 'visited', states: [7] }],
    [true, 'is early', { kind: 'exchange', atMost: 3 }],
    [false, 'is late', { kind: 'exchange', atMost: 2 }],
    [true, 'is the same', { kind: 'same', left: name, right: last }],
    [false, 'is not the same', { kind: 'same', left: name, right: number }],
    [
      false,
      'asks for a message that is not there',
      { kind: 'contains', of: { kind: 'request', back: 50 }, bytes: bytes('') },
    ],
  ])('answer %s: %s', (expected, _, test) => {
    expect(ask(test, context)).toBe(expected);
  });

  it('lead down a tree to its leaf', () => {
    const leaf = (value: string): Choice<string> => ({ kind: 'leaf', value, samples: 1, wrong: 0 });
    const tree: Choice<string> = {
      kind: 'test',
      test: { kind: 'visited', states: [7] },
      yes: leaf('seven'),
      no: {
        kind: 'test',
        test: { kind: 'contains', of: back, bytes: bytes('get') },
        yes: leaf('get'),
        no: leaf('other'),
      },
    };
    expect(decide(tree, context)).toBe('get');
  });
});

describe('rules', () => {
  const context = session('', { request: 'Count 41 \x01\x00', answer: '' });
  const word: Span = { of: REQUEST, from: START, to: { kind: 'word' } };
  const number: Span = { of: REQUEST, from: { kind: 'start', offset: 6 }, to: { kind: 'word' } };
  const two: Span = { of: REQUEST, from: { kind: 'end', offset: 2 }, to: END };
  const decimal: NumberCodec = { kind: 'decimal', pad: 0 };
  const little: NumberCodec = { kind: 'binary', width: 2, order: 'little' };
  const made = (rule: Rule) => text(produce(rule, context, never));

  it('copy, in any of the transforms', () => {
    const copy = (kind: 'copy' | 'upper' | 'lower') => made({ kind: 'copy', span: word, transform: { kind } });
    expect([copy('copy'), copy('upper'), copy('lower')]).toEqual(['Count', 'COUNT', 'count']);
    expect(text(context.said[1]?.request ?? null)).toBe('Count 41 \x01\x00');
  });

  it('count, in the same coding or another', () => {
    expect(made({ kind: 'number', span: number, read: decimal, add: 1, write: decimal })).toBe('42');
    expect(made({ kind: 'number', span: number, read: decimal, add: -41, write: { kind: 'decimal', pad: 3 } })).toBe(
      '000',
    );
    expect(made({ kind: 'number', span: two, read: little, add: 255, write: little })).toBe('\x00\x01');
  });

  it('that can not be applied give nothing', () => {
    expect(made({ kind: 'number', span: number, read: decimal, add: -42, write: decimal })).toBeNull();
    expect(made({ kind: 'number', span: word, read: decimal, add: 1, write: decimal })).toBeNull();
    expect(
      made({
        kind: 'number',
        span: number,
        read: decimal,
        add: 256,
        write: { kind: 'binary', width: 1, order: 'big' },
      }),
    ).toBeNull();
    expect(take({ of: { kind: 'request', back: 5 }, from: START, to: END }, context)).toBeNull();
  });

  it('tell the time, in the zone that was seen', () => {
    expect(made({ kind: 'clock', format: 'HH:mm:ss', offset: 0 })).toBe('03:04:05');
    expect(made({ kind: 'clock', format: 'HH:mm:ss', offset: -3_600_000 })).toBe('02:04:05');
  });

  it('make values up of every length between the shortest and the longest, all letters of the alphabet', () => {
    const random = seeded(1);
    const values = Array.from(
      { length: 400 },
      () => text(produce({ kind: 'made up', min: 2, max: 4, alphabet: bytes('xyz') }, context, random)) ?? '',
    );
    expect(new Set(values.map((v) => v.length))).toEqual(new Set([2, 3, 4]));
    expect(new Set(values.join(''))).toEqual(new Set(['x', 'y', 'z']));
  });
});

describe('an answer', () => {
  const context = session('', { request: 'say walrus', answer: '' });
  const literal = (words: string): Piece => ({ kind: 'literal', bytes: bytes(words) });
  const rule = (of: Rule, example = '?'): Piece => ({
    kind: 'rule',
    rule: of,
    example: bytes(example),
    support: 1,
    samples: 1,
  });
  const name: Rule = {
    kind: 'copy',
    span: { of: REQUEST, from: { kind: 'start', offset: 4 }, to: END },
    transform: { kind: 'copy' },
  };
  const length = (from: number, to: number, add = 0, write: NumberCodec = { kind: 'decimal', pad: 0 }): Rule => ({
    kind: 'length',
    from,
    to,
    add,
    write,
  });
  const rendered = (...pieces: readonly Piece[]) => text(render(pieces, context, never));

  it('is its pieces, one behind the other', () => {
    expect(rendered(literal('so '), rule(name), literal('!'))).toBe('so walrus!');
    expect(rendered()).toBe('');
  });

  it('has what was seen in training where a rule can not be applied', () => {
    const missing: Rule = { ...name, span: { of: { kind: 'request', back: 3 }, from: START, to: END } };
    expect(rendered(literal('so '), rule(missing, 'otter'))).toBe('so otter');
  });

  it('never turns a clock back', () => {
    const clock = rule({ kind: 'clock', format: 'ntp be64', offset: 0 });
    for (let seed = 0; seed < 20; seed++) {
      const [one, other] = [0, 8].map((at) => text(render([clock, clock], context, seeded(seed)).subarray(at, at + 8)));
      expect((one ?? '') <= (other ?? '')).toBe(true);
    }
  });

  it('says how long its pieces are, whatever their length is now', () => {
    expect(rendered(rule(length(1, 2)), literal(':'), rule(name))).toBe('7:walrus');
    expect(rendered(rule(length(2, 2, 10)), literal(':'), rule(name))).toBe('16:walrus');
  });

  it('measures lengths that hold other lengths', () => {
    expect(rendered(rule(length(1, 3)), literal('<'), rule(length(3, 3)), rule(name))).toBe('8<6walrus');
  });

  it('has the length that was seen where the true one does not fit', () => {
    expect(rendered(rule(length(1, 1, -9), '??'), rule(name))).toBe('??walrus');
  });
});

describe('an answer that says how long it is', () => {
  const context = session('', { request: 'say walrus and more', answer: '' });
  const name: Piece = {
    kind: 'rule',
    rule: {
      kind: 'copy',
      span: { of: REQUEST, from: { kind: 'start', offset: 4 }, to: { kind: 'width', width: 6 } },
      transform: { kind: 'copy' },
    },
    example: bytes('ox'),
    support: 1,
    samples: 1,
  };
  const frame = { offset: 1, codec: { kind: 'binary', width: 2, order: 'big' }, add: 0 } as const;
  const head: Piece = { kind: 'literal', bytes: Uint8Array.of(0x80, 0, 3, 0x20) };

  it('says what is right, where no rule was found for its length', () => {
    expect(text(render([head, name], context, never, frame))).toBe('\x80\x00\x07 walrus');
    expect(text(render([head, name], context, never))).toBe('\x80\x00\x03 walrus');
  });

  it('says it where frames of its form do, by the byte that it begins with', () => {
    const first = { offset: 0, codec: { kind: 'binary', width: 2, order: 'big' }, add: -2 } as const;
    const both = { ...first, others: [{ ...frame, first: 0x80 }] };
    expect(text(render([head, name], context, never, both))).toBe('\x80\x00\x07 walrus');
  });

  it('is left as it is where it was no frame in training either', () => {
    const line: Piece = { kind: 'literal', bytes: bytes('Version 3.8 of ') };
    expect(text(render([line, name], context, never, frame))).toBe('Version 3.8 of walrus');
  });

  it('is said as it was recorded where nothing in it varies', () => {
    const odd: Piece = { kind: 'literal', bytes: bytes('\x80\x00\x09 ox') };
    expect(text(render([odd], context, never, frame))).toBe('\x80\x00\x09 ox');
  });
});
