// A model in a few lines for scripts: greets, answers `HELLO name` with the name, knows nothing else.
const utf8 = (text) => new Uint8Array(Buffer.from(text));
const leaf = (value) => ({ kind: 'leaf', value, samples: 3, wrong: 0 });
const place = (region, edge) => ({ kind: 'region', region, edge, offset: 0 });

export function tinyModel(port = 2121) {
  const name = {
    kind: 'rule',
    rule: {
      kind: 'copy',
      span: { of: { kind: 'request', back: 0 }, from: place(1, 'start'), to: place(1, 'end') },
      transform: { kind: 'copy' },
    },
    example: utf8('bob'),
    support: 3,
    samples: 3,
  };
  const literal = (text) => ({ kind: 'literal', bytes: utf8(text) });
  const state = (id, pieces, classes, more) => ({
    id,
    classes,
    answer: [{ pieces, delay: 0 }],
    close: 'stay',
    samples: 3,
    confidence: 3,
    transitions: [{ class: 0, to: 1, samples: 3 }],
    ...more,
  });
  return {
    schema: 1,
    options: {},
    services: [
      {
        transport: 'tcp',
        port,
        server: '192.0.2.1',
        framing: { delimiter: utf8('\r\n'), silence: 100 },
        classes: [
          {
            id: 0,
            group: 0,
            regions: [
              { kind: 'fixed', bytes: utf8('HELLO ') },
              { kind: 'mutating', type: 'ascii', min: 2, max: 20 },
              { kind: 'fixed', bytes: utf8('\r\n') },
            ],
            samples: 3,
            distinct: 3,
            example: utf8('HELLO bob\r\n'),
            select: leaf(1),
          },
        ],
        states: [state(0, [literal('ready\r\n')], []), state(1, [literal('hi '), name, literal('\r\n')], [0])],
        training: { sessions: 3, conversations: 3, leftOut: {}, remarks: [] },
      },
    ],
  };
}
