/** Models for tests: a tiny one that makes sense, and arbitrary ones that need not. */
import fc from 'fast-check';
import { utf8 } from '../../src/bytes/bytes.js';
import type { Choice, Model, Piece, RequestClass, ServiceModel, State, Test } from '../../src/model/types.js';

/** What to vary in {@link tinyModel}. */
export interface Tiny {
  readonly greeting?: Uint8Array;
  readonly answer?: Uint8Array;
  readonly port?: number;
  readonly transport?: 'tcp' | 'udp';
}

/** Greets, and answers `HELLO name` with a fixed text and the name. */
export function tinyModel({
  greeting = utf8('ready\r\n'),
  answer = utf8('hi '),
  port = 2121,
  transport = 'tcp',
}: Tiny): Model {
  const request: RequestClass = {
    id: 0,
    group: 0,
    regions: [
      { kind: 'fixed', bytes: utf8('HELLO ') },
      { kind: 'mutating', type: 'ascii', min: 2, max: 9 },
      { kind: 'fixed', bytes: utf8('\r\n') },
    ],
    samples: 3,
    distinct: 3,
    example: utf8('HELLO bob\r\n'),
    select: { kind: 'leaf', value: 1, samples: 3, wrong: 0 },
  };
  const name: Piece = {
    kind: 'rule',
    rule: {
      kind: 'copy',
      span: {
        of: { kind: 'request', back: 0 },
        from: { kind: 'region', region: 1, edge: 'start', offset: 0 },
        to: { kind: 'region', region: 1, edge: 'end', offset: 0 },
      },
      transform: { kind: 'copy' },
    },
    example: utf8('bob'),
    support: 3,
    samples: 3,
  };
  const states: State[] = [
    {
      id: 0,
      classes: [],
      answer: greeting.length === 0 ? [] : [{ pieces: [{ kind: 'literal', bytes: greeting }], delay: 0 }],
      close: 'stay',
      samples: 3,
      confidence: 3,
      transitions: [{ class: 0, to: 1, samples: 3 }],
    },
    {
      id: 1,
      classes: [0],
      answer: [
        { pieces: [{ kind: 'literal', bytes: answer }, name, { kind: 'literal', bytes: utf8('\r\n') }], delay: 2 },
      ],
      close: 'stay',
      samples: 3,
      confidence: 3,
      transitions: [{ class: 0, to: 1, samples: 1 }],
    },
  ];
  const service: ServiceModel = {
    transport,
    port,
    server: '192.0.2.1',
    framing: { delimiter: utf8('\r\n'), silence: 100 },
    classes: [request],
    states,
    training: {
      sessions: 3,
      conversations: 3,
      leftOut: { 'no handshake seen': 1 },
      remarks: ['class 0 was seen 3 times'],
    },
  };
  return { schema: 1, options: { macro: 0.5, micro: 0.5, links: 'all', seed: 1 }, services: [service] };
}

const bytes = fc.uint8Array({ maxLength: 1500, size: 'medium' });

const test: fc.Arbitrary<Test> = fc.oneof(
  fc.record({ kind: fc.constant('contains' as const), of: fc.constant({ kind: 'request' as const, back: 0 }), bytes }),
  fc.record({ kind: fc.constant('exchange' as const), atMost: fc.nat(9) }),
);

const choice: fc.Arbitrary<Choice<number>> = fc.letrec<{ choice: Choice<number> }>((tie) => ({
  choice: fc.oneof(
    { depthSize: 'small' },
    fc.record({ kind: fc.constant('leaf' as const), value: fc.constant(0), samples: fc.nat(), wrong: fc.nat() }),
    fc.record({ kind: fc.constant('test' as const), test, yes: tie('choice'), no: tie('choice') }),
  ),
})).choice;

const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc.record({ kind: fc.constant('literal' as const), bytes }),
  fc.record({
    kind: fc.constant('rule' as const),
    rule: fc.record({ kind: fc.constant('made up' as const), min: fc.nat(9), max: fc.nat(9), alphabet: bytes }),
    example: bytes,
    support: fc.nat(9),
    samples: fc.nat(9),
  }),
);

const service: fc.Arbitrary<ServiceModel> = fc.record({
  transport: fc.constantFrom('tcp' as const, 'udp' as const),
  port: fc.nat(65535),
  server: fc.ipV4(),
  framing: fc.record({ silence: fc.nat(1000) }),
  classes: fc
    .array(
      fc.record({
        group: fc.nat(9),
        regions: fc.array(fc.record({ kind: fc.constant('fixed' as const), bytes })),
        samples: fc.nat(),
        distinct: fc.nat(),
        example: bytes,
        select: choice,
      }),
      { maxLength: 4 },
    )
    .map((list) => list.map((member, id) => ({ id, ...member }))),
  states: fc
    .array(
      fc.record({
        classes: fc.constant([]),
        answer: fc.array(fc.record({ pieces: fc.array(piece, { maxLength: 4 }), delay: fc.nat(1000) }), {
          maxLength: 2,
        }),
        close: fc.constantFrom('stay' as const, 'fin' as const, 'rst' as const),
        samples: fc.nat(),
        confidence: fc.nat(),
        transitions: fc.constant([]),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((list) => list.map((member, id) => ({ id, ...member }))),
  training: fc.record({
    sessions: fc.nat(),
    conversations: fc.nat(),
    leftOut: fc.dictionary(fc.string(), fc.nat(), { noNullPrototype: true }),
    remarks: fc.array(fc.string({ unit: 'grapheme' })),
  }),
});

/** Any model that the schema allows. */
export const arbitraryModel: fc.Arbitrary<Model> = fc.record({
  schema: fc.constant(1 as const),
  options: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()), { noNullPrototype: true }),
  services: fc.array(service, { maxLength: 3 }),
});

/** Models that differ from one to the next: in a literal, in the greeting, and in the number of services. */
export function generation(n: number): Model {
  const services = Array.from({ length: 1 + (n % 3) }, (_, i) => {
    return tinyModel({ port: 2000 + i, greeting: new Uint8Array(2000 + n).fill(n) }).services;
  });
  return { ...tinyModel({}), options: { generation: n }, services: services.flat() };
}
