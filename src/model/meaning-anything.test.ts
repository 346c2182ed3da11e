/** What positions, spans, tests and rules mean is told without throwing, whatever they are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toLatin1 } from '../bytes/bytes.js';
import { seeded } from '../bytes/random.js';
import { CHECKSUMS } from './checksum.js';
import { COUNT_FORMATS, TEXT_FORMATS } from './clock.js';
import { ask, render, resolve, take, type Context } from './meaning.js';
import type {
  BinaryNumber,
  NumberCodec,
  Piece,
  Position,
  Recall,
  Recoding,
  Rule,
  Source,
  Span,
  Test,
} from './types.js';

const environment = { client: { address: '10.0.0.9', port: 4001 }, server: { address: '192.0.2.1', port: 21 } };

const word: Span = { of: { kind: 'request', back: 0 }, from: { kind: 'start', offset: 1 }, to: { kind: 'word' } };
const recalled: fc.Arbitrary<Recall> = fc.record(
  {
    kind: fc.constant('recall' as const),
    group: fc.integer({ min: -1, max: 2 }),
    keys: fc.array(fc.constant({ here: word, there: word }), { maxLength: 2 }),
    ahead: fc.integer({ min: -2, max: 2 }),
    side: fc.constantFrom('request' as const, 'answer' as const),
  },
  { requiredKeys: ['kind', 'group', 'keys', 'side'] },
);
const source: fc.Arbitrary<Source> = fc.oneof(
  recalled,
  fc.record({ kind: fc.constant('request' as const), back: fc.integer({ min: -2, max: 5 }) }),
  fc.record({ kind: fc.constant('answer' as const), back: fc.integer({ min: -2, max: 5 }) }),
  fc.record({
    kind: fc.constant('group' as const),
    group: fc.integer({ min: -1, max: 2 }),
    which: fc.constantFrom('latest' as const, 'first' as const),
    side: fc.constantFrom('request' as const, 'answer' as const),
  }),
  fc.constant({ kind: 'greeting' as const }),
  fc.record(
    { kind: fc.constant('decoded' as const), group: fc.integer({ min: -1, max: 2 }) },
    { requiredKeys: ['kind'] },
  ),
  fc.record({
    kind: fc.constant('environment' as const),
    what: fc.constantFrom(
      'client address' as const,
      'client port' as const,
      'server address' as const,
      'server port' as const,
    ),
    binary: fc.constantFrom('big' as const, 'little' as const),
  }),
);
const offset = fc.integer({ min: -20, max: 20 });
const some = fc.uint8Array({ maxLength: 3 });
const edge = fc.constantFrom('start' as const, 'end' as const);
const position: fc.Arbitrary<Position> = fc.oneof(
  fc.record({ kind: fc.constant('start' as const), offset }),
  fc.record({ kind: fc.constant('end' as const), offset }),
  fc.record({ kind: fc.constant('region' as const), region: fc.integer({ min: -2, max: 5 }), edge, offset }),
  fc.record({
    kind: fc.constant('behind' as const),
    at: offset,
    codec: fc.constant<BinaryNumber>({ kind: 'binary', width: 2, order: 'big' }),
    steps: offset,
    gap: offset,
    offset,
  }),
  fc.record({ kind: fc.constant('marker' as const), bytes: some, nth: fc.integer({ min: -4, max: 4 }), edge, offset }),
);
const span: fc.Arbitrary<Span> = fc.record({
  of: source,
  from: position,
  to: fc.oneof(
    position,
    fc.record({ kind: fc.constant('width' as const), width: offset }),
    fc.record({ kind: fc.constant('until' as const), bytes: some }),
    fc.constant({ kind: 'word' as const }),
  ),
});
const codec = fc.constantFrom<NumberCodec>(
  { kind: 'decimal', pad: 3 },
  { kind: 'hex', pad: 0, upper: true },
  { kind: 'binary', width: 2, order: 'little' },
  { kind: 'ber' },
  { kind: 'varint' },
);
const states = fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 3 });
const question: fc.Arbitrary<Test> = fc.oneof(
  fc.record({ kind: fc.constant('contains' as const), of: source, bytes: some }),
  fc.record({ kind: fc.constant('at' as const), of: source, offset, bytes: some }),
  fc.record({ kind: fc.constant('value' as const), span, values: fc.array(some, { maxLength: 3 }) }),
  fc.record({ kind: fc.constant('length' as const), of: source, atMost: offset }),
  fc.record({ kind: fc.constant('number' as const), span, codec, atMost: fc.integer() }),
  fc.record({ kind: fc.constant('state' as const), back: offset, states }),
  fc.record({ kind: fc.constant('visited' as const), states }),
  fc.record({ kind: fc.constant('exchange' as const), atMost: offset }),
  fc.record({
    kind: fc.constant('recalled' as const),
    among: fc.array(recalled, { maxLength: 3 }),
    which: fc.integer({ min: -1, max: 3 }),
  }),
  fc.record({ kind: fc.constant('same' as const), left: span, right: span }),
);
const escapes = { by: fc.nat(255), bytes: some, where: fc.constantFrom('everywhere', 'line start') };
const recoding: fc.Arbitrary<Recoding> = fc.oneof(
  fc.record({ kind: fc.constant('hex' as const), upper: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('from hex', 'from base64', 'reverse', 'trim') }),
  fc.record({ kind: fc.constant('base64' as const), url: fc.boolean(), pad: fc.boolean() }),
  fc.record({
    kind: fc.constant('percent' as const),
    sign: fc.nat(255),
    keep: some,
    plus: fc.boolean(),
    upper: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('from percent' as const), sign: fc.nat(255), plus: fc.boolean() }),
  fc.record({ kind: fc.constant('escape' as const), ...escapes }),
  fc.record({ kind: fc.constant('unescape' as const), ...escapes }),
  fc.record({ kind: fc.constantFrom('utf-16', 'from utf-16'), order: fc.constantFrom('big', 'little') }),
  fc.record({
    kind: fc.constant('pad' as const),
    side: fc.constantFrom('left', 'right'),
    byte: fc.nat(255),
    width: fc.integer(),
  }),
);
const rule: fc.Arbitrary<Rule> = fc.oneof(
  fc.record({
    kind: fc.constant('copy' as const),
    span,
    transform: fc.constantFrom('copy', 'upper', 'lower').map((kind) => ({ kind }) as const),
  }),
  fc.record({ kind: fc.constant('number' as const), span, read: codec, add: fc.integer(), write: codec }),
  fc.record({ kind: fc.constant('length' as const), from: offset, to: offset, add: fc.integer(), write: codec }),
  fc.record({ kind: fc.constant('size' as const), span, add: fc.integer(), write: codec }),
  fc.record({ kind: fc.constant('transform' as const), span, how: recoding }),
  fc.record({ kind: fc.constant('masked' as const), span, by: fc.oneof(some, span) }),
  fc.record({
    kind: fc.constant('checksum' as const),
    how: fc.constantFrom(...CHECKSUMS),
    covered: fc.record({
      what: fc.constantFrom('before', 'block', 'behind', 'around'),
      count: fc.integer({ min: -3, max: 30 }),
    }),
    write: codec,
  }),
  fc.record({
    kind: fc.constant('fill' as const),
    unit: some,
    counts: fc.array(fc.record({ span, codec }), { maxLength: 2 }),
    scale: fc.integer({ min: -3, max: 600 }),
  }),
  fc.record({ kind: fc.constant('made up' as const), min: fc.nat(9), max: fc.nat(9), alphabet: some }),
  fc.record({
    kind: fc.constant('made up' as const),
    min: fc.nat(9),
    max: fc.nat(9),
    alphabet: some,
    within: fc.record({ codec, least: fc.integer(), most: fc.integer() }),
  }),
  fc.record({
    kind: fc.constant('clock' as const),
    format: fc.constantFrom(...TEXT_FORMATS, ...COUNT_FORMATS),
    offset: fc.integer(),
  }),
);
const context: fc.Arbitrary<Context> = fc.record({
  said: fc.array(
    fc.record({
      request: fc.uint8Array({ maxLength: 20 }),
      class: fc.integer({ min: -1, max: 3 }),
      group: fc.integer({ min: -1, max: 2 }),
      edges: fc.option(fc.array(fc.nat(20), { maxLength: 5 }).map((all) => Int32Array.from(all.sort((a, b) => a - b)))),
      answer: fc.uint8Array({ maxLength: 20 }),
      state: fc.integer({ min: -1, max: 4 }),
      time: fc.nat(9),
    }),
    { maxLength: 5 },
  ),
  at: fc.nat(5),
  environment: fc.constant(environment),
  now: fc.double(),
});

describe('anything at all', () => {
  it('is answered without throwing, and spans are parts of their message', () => {
    fc.assert(
      fc.property(span, context, (of, where) => {
        const found = resolve(of.of, where);
        const value = take(of, where);
        if (value !== null) expect(toLatin1(found?.bytes ?? new Uint8Array(0))).toContain(toLatin1(value));
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(question, context, (test, where) => typeof ask(test, where) === 'boolean'),
      { numRuns: 1000 },
    );
  });

  it('is rendered without throwing', () => {
    const piece: fc.Arbitrary<Piece> = fc.oneof(
      fc.record({ kind: fc.constant('literal' as const), bytes: some }),
      fc.record({ kind: fc.constant('rule' as const), rule, example: some, support: fc.nat(), samples: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), context, fc.nat(), (pieces, where, seed) => {
        expect(render(pieces, where, seeded(seed))).toBeInstanceOf(Uint8Array);
      }),
      { numRuns: 1000 },
    );
  });
});
