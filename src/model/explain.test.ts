import { describe, expect, test } from 'vitest';
import { tinyModel } from '../../tests/helpers/models.js';
import { utf8 } from '../bytes/bytes.js';
import { toDot, toSvg } from './draw.js';
import { explainOpened, explainService } from './explain.js';
import { codecText } from './number-words.js';
import type { Choice, Rule, ServiceModel, Span } from './types.js';
import { ruleLines } from './rule-words.js';
import { choiceLines, positionText, quoted, regionText, sourceText, spanText, testText } from './words.js';

function service(): ServiceModel {
  const [first] = tinyModel({}).services;
  if (first === undefined) throw new Error('no service');
  return first;
}

test('a whole machine explains itself', () => {
  expect(explainService(service()).join('\n')).toMatchInlineSnapshot(`
    "tcp/2121, recorded at 192.0.2.1
    3 sessions of 3 conversations → 1 class, 2 states, 2 transitions
    A request ends with "\\r\\n"; what has arrived counts as a request after 100 ms of silence.
    left out: 1 session (no handshake seen)
    note: class 0 was seen 3 times

    state 0: the opening of the session, always answered so
      says, after 0 ms:
        0. "ready\\r\\n"
      class 0 F("HELLO ") M(2–9 ascii) F("\\r\\n") → state 1 (3 times)

    state 1: reached 3 times, always answered so
      says, after 2 ms:
        0. "hi "
        1. a copy of region 1 of the request — as in "bob"; explains 3 of 3 samples
        2. "\\r\\n"
      class 0 F("HELLO ") M(2–9 ascii) F("\\r\\n") → state 1 (once)

    class 0: F("HELLO ") M(2–9 ascii) F("\\r\\n")
      seen 3 times, 3 different ones, such as "HELLO bob\\r\\n"
      leads to state 1 (3 of 3 samples)"
  `);
});

test('how requests end is said in words', () => {
  const told = (framing: ServiceModel['framing']) => explainService({ ...service(), framing })[2];
  const length = { offset: 0, codec: { kind: 'binary', width: 1, order: 'big' }, add: 0 } as const;
  expect(told({ silence: 200, length: { ...length, until: Uint8Array.of(0) } })).toBe(
    'A request is made of pieces up to "\\x00", each of which carries its length: the number at byte 0 (one byte) counts the bytes behind it; what has arrived counts as a request after 200 ms of silence.',
  );
  expect(told({ silence: 200, delimiter: utf8('\r\n'), typed: { others: false } })).toBe(
    'A request is a line up to "\\r\\n"; it may be typed character by character, and these are said back at once.',
  );
});

test('a machine draws itself', () => {
  expect(toDot([service()])).toMatchInlineSnapshot(`
    "digraph scriptgen {
      rankdir=TB;
      node [shape=box style=rounded fontname="monospace" fontsize=10];
      edge [fontname="monospace" fontsize=9];
      subgraph cluster_0 {
        label="tcp/2121";
        s0_0 [label="0\\nready\\\\r\\\\n" style="rounded,bold"];
        s0_1 [label="1\\nhi bob\\\\r\\\\n"];
        s0_0 -> s0_1 [label="F(\\"HELLO \\") M(2–9 ascii) F(\\"\\\\r\\\\n…\\n×3" penwidth=4.00];
        s0_1 -> s0_1 [label="F(\\"HELLO \\") M(2–9 ascii) F(\\"\\\\r\\\\n…\\n×1" penwidth=2.00];
      }
    }
    "
  `);
});

describe('a drawing', () => {
  const many = (): ServiceModel => {
    const one = service();
    const [opening, state] = one.states;
    if (opening === undefined || state === undefined) throw new Error('no states');
    const states = Array.from({ length: 300 }, (_, id) =>
      id === 0
        ? { ...opening, samples: 1 }
        : { ...state, id, samples: id, transitions: [{ class: 0, to: (id + 1) % 300, samples: id }] },
    );
    return { ...one, states };
  };

  test('shows the most travelled states of a large machine, the opening always, and says so', () => {
    const dot = toDot([many()], 10);
    expect(dot).toContain('the 10 most travelled of 300 states');
    expect(dot.match(/\[label="\d+\\n/g)).toHaveLength(10);
    expect(dot).toContain('s0_0 [');
    expect(dot).toContain('s0_299 [');
    expect(dot).not.toContain('s0_290 [');
  });

  test('becomes SVG', async () => {
    expect(await toSvg([service(), many()])).toMatch(/^<\?xml[^]*<svg[^]*<\/svg>\s*$/);
  });
});

describe('in words', () => {
  const span: Span = {
    of: { kind: 'request', back: 0 },
    from: { kind: 'marker', bytes: utf8('ID '), nth: 0, edge: 'end', offset: 0 },
    to: { kind: 'until', bytes: utf8('\r\n') },
  };

  test('regions', () => {
    expect(regionText({ kind: 'fixed', bytes: utf8('LOGIN:') })).toBe('F("LOGIN:")');
    expect(regionText({ kind: 'mutating', type: 'binary', min: 4, max: 4 })).toBe('M(4 binary)');
  });

  test('bytes, short and long', () => {
    expect(quoted(utf8('say "x"\r\n'))).toBe('"say \\"x\\"\\r\\n"');
    expect(quoted(new Uint8Array(100).fill(0x61), 5)).toBe('"aaaaa…" (100 bytes)');
  });

  test('sources and places', () => {
    expect(sourceText({ kind: 'answer', back: 1 })).toBe('the last answer');
    expect(sourceText({ kind: 'environment', what: 'client port' })).toBe('the client’s port');
    expect(positionText({ kind: 'marker', bytes: utf8('x'), nth: -2, edge: 'start', offset: -1 })).toBe(
      '1 byte before right before the second to last "x"',
    );
    expect(spanText(span)).toBe('the request from right behind the first "ID " to the next "\\r\\n"');
    const region = { kind: 'region', offset: 0 } as const;
    expect(
      spanText({ ...span, from: { ...region, region: 1, edge: 'start' }, to: { ...region, region: 1, edge: 'end' } }),
    ).toBe('region 1 of the request');
  });

  test('what opens a port', () => {
    const by = [
      { service: 'tcp/139', states: [4, 7] },
      { service: 'tcp/445', states: [2] },
    ];
    expect(explainOpened({ by, once: true })).toBe(
      'Closed to a source until it has reached state 4 or 7 of tcp/139 or state 2 of tcp/445; then open to that source for one session.',
    );
  });

  test('numbers', () => {
    expect(codecText({ kind: 'binary', width: 2, order: 'big' })).toBe('2 bytes, big-endian');
    expect(codecText({ kind: 'hex', pad: 8, upper: true })).toBe('upper-case hexadecimal of 8 digits');
  });

  test('questions', () => {
    expect(testText({ kind: 'value', span, values: [utf8('a'), utf8('b')] })).toMatch(/ is "a" or "b"$/);
    expect(testText({ kind: 'visited', states: [3, 4, 5] })).toBe('the session has been in state 3, 4 or 5');
  });

  test('decisions', () => {
    const leaf = (value: string): Choice<string> => ({ kind: 'leaf', value, samples: 5, wrong: 1 });
    const asks = (atMost: number, yes: Choice<string>, no: Choice<string>): Choice<string> => ({
      kind: 'test',
      test: { kind: 'exchange', atMost },
      yes,
      no,
    });
    expect(choiceLines(asks(1, leaf('a'), asks(2, leaf('b'), leaf('c'))), (value) => value)).toEqual([
      'if this is at most exchange 1 of the session:',
      '  a (4 of 5 samples)',
      'else if this is at most exchange 2 of the session:',
      '  b (4 of 5 samples)',
      'else:',
      '  c (4 of 5 samples)',
    ]);
  });

  test('rules', () => {
    const rules: Rule[] = [
      { kind: 'copy', span, transform: { kind: 'upper' } },
      {
        kind: 'number',
        span,
        read: { kind: 'decimal', pad: 0 },
        add: -1,
        write: { kind: 'hex', pad: 0, upper: false },
      },
      { kind: 'length', from: 1, to: 3, add: 2, write: { kind: 'ber' } },
      { kind: 'made up', min: 4, max: 8, alphabet: utf8('01') },
      { kind: 'clock', format: 'HH:mm:ss', offset: 3_600_000 },
    ];
    expect(rules.flatMap(ruleLines)).toEqual([
      'a copy of the request from right behind the first "ID " to the next "\\r\\n" in upper case',
      'the number in the request from right behind the first "ID " to the next "\\r\\n" (decimal) − 1, written as hexadecimal',
      'the length of pieces 1 to 3 of this answer + 2, written as a BER length',
      'a fresh value of 4 to 8 bytes from "01"',
      'the time now as HH:mm:ss, 3600 s ahead of UTC',
    ]);
  });

  test('a kind that is younger than these words is shown as it is', () => {
    expect(ruleLines({ kind: 'oracle', bytes: utf8('x\n') } as unknown as Rule)).toEqual([
      '{"kind":"oracle","bytes":"x\\\\n"}',
    ]);
  });
});
