/** Hand-overs as dialogues, without a socket: what is said to the real host, and what the client hears. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tinyModel } from '../../../tests/helpers/models.js';
import { concat, fromLatin1, toLatin1, utf8 } from '../../bytes/bytes.js';
import type { ServiceModel } from '../../model/types.js';
import { HandOver } from './handover.js';
import type { PastExchange, Step } from './types.js';

const [TEXT] = tinyModel({}).services as [ServiceModel];
const FRAMED: ServiceModel = {
  ...TEXT,
  framing: { length: { offset: 0, codec: { kind: 'binary', width: 2, order: 'big' }, add: 0 }, silence: 100 },
};
const SAME = { client: '192.0.2.5', ours: '192.0.2.1', theirs: '192.0.2.1', local: '192.0.2.1' };

const past = (request: Uint8Array, answer: Uint8Array): PastExchange => ({
  request,
  atFreshPort: false,
  answers: answer.length > 0 ? [answer] : [],
});
const out = (steps: readonly Step[]): Uint8Array =>
  concat(steps.flatMap((step) => (step.kind === 'to backend' ? [step.bytes] : [])));
const heard = (steps: readonly Step[]): Uint8Array =>
  concat(steps.flatMap((step) => (step.kind === 'to client' ? [step.bytes] : [])));
const kinds = (steps: readonly Step[]): string[] => steps.map((step) => step.kind);

function handOver(
  exchanges: readonly PastExchange[],
  waiting: Uint8Array,
  service: ServiceModel = TEXT,
  more: Partial<ConstructorParameters<typeof HandOver>[0]> = {},
): HandOver {
  return new HandOver({
    service,
    past: exchanges,
    waiting: [{ bytes: waiting, atFreshPort: false }],
    ports: [],
    addresses: SAME,
    timeout: 1000,
    ...more,
  });
}

/** Lets the silence pass that the hand-over waits for. */
const quiet = (machine: HandOver): Step[] => (machine.wait === null ? [] : machine.silence(0));

describe('a replay', () => {
  test('says each message after the answer to the one before, and then what waits', () => {
    const machine = handOver(
      [past(new Uint8Array(0), utf8('ready\r\n')), past(utf8('HELLO a\r\n'), utf8('hi a\r\n'))],
      utf8('DANCE\r\n'),
    );
    expect(machine.connected('', 0)).toEqual([]);
    expect(machine.fromBackend(utf8('ready\r'), false, 0)).toEqual([]);
    machine.fromBackend(utf8('\n'), false, 0);
    let steps = quiet(machine);
    for (; steps.length === 0 && machine.wait !== null;) steps = quiet(machine);
    expect(toLatin1(out(steps))).toBe('HELLO a\r\n');
    machine.fromBackend(utf8('hi a\r\n'), false, 0);
    steps = quiet(machine);
    expect(kinds(steps)).toEqual(['relays', 'to backend']);
    expect(toLatin1(out(steps))).toBe('DANCE\r\n');
  });

  test('goes astray when an answer is of another kind', () => {
    const machine = handOver([past(new Uint8Array(0), utf8('220 mail.example ready\r\n'))], utf8('X\r\n'));
    machine.connected('', 0);
    machine.fromBackend(utf8('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n'), false, 0);
    expect(kinds([...quiet(machine), ...quiet(machine)])).toEqual(['diverged']);
  });

  test('takes a list in another order for the same answer', () => {
    const names = Array.from({ length: 300 }, (_, i) => `name-${i}-${(i * 7919) % 1000}\r\n`);
    const machine = handOver([past(utf8('LIST\r\n'), utf8(names.join('')))], utf8('X\r\n'));
    machine.connected('', 0);
    machine.fromBackend(utf8([...names].reverse().join('')), false, 0);
    let steps = quiet(machine);
    for (; steps.length === 0 && machine.wait !== null;) steps = quiet(machine);
    expect(kinds(steps)).toEqual(['relays', 'to backend']);
  });

  test('names the port of the real host where the emulator had named its own', () => {
    const machine = handOver([past(utf8('PASV\r\n'), utf8('227 go to (192,0,2,1,78,32)\r\n'))], utf8('X\r\n'), TEXT, {
      ports: [78 * 256 + 32],
    });
    machine.connected('', 0);
    machine.fromBackend(utf8('227 go to (192,0,2,1,131,9)\r\n'), false, 0);
    expect(quiet(machine)[0]).toEqual({ kind: 'port', ours: 78 * 256 + 32, theirs: 131 * 256 + 9 });
  });
});

/** A frame: its length, a head, and a body. */
const frame = (...parts: readonly Uint8Array[]): Uint8Array => {
  const body = concat(parts);
  return concat([Uint8Array.of((body.length >> 8) & 0xff, body.length & 0xff), body]);
};

/** Cuts bytes at some places. */
function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, i) => bytes.subarray(from, places[i] ?? bytes.length));
}

/** Passes bytes in pieces and whatever is held back at the end. */
function passed(machine: HandOver, side: 'client' | 'backend', parts: readonly Uint8Array[]): Uint8Array {
  const steps = parts.flatMap((part) =>
    side === 'client' ? machine.fromClient(part, false) : machine.fromBackend(part, false, 0),
  );
  steps.push(...quiet(machine));
  return side === 'client' ? out(steps) : heard(steps);
}

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const word = fc.stringMatching(/^[a-z0-9]{6,20}$/).filter((text) => /\d/.test(text));
const cuts = fc.array(fc.nat(), { maxLength: 6 });

/** Whether three characters in a row of one stand in the other. */
function sharesRun(one: string, other: string): boolean {
  return Array.from({ length: Math.max(0, one.length - 2) }, (_, i) => one.slice(i, i + 3)).some((run) =>
    other.includes(run),
  );
}

describe('values that both sides made up', () => {
  test('in frames: an id of any width is the other side’s on the other side, however it is cut', () => {
    // two values of one or two repeated bytes can not be told from each other shifted by one
    const id = fc
      .integer({ min: 2, max: 16 })
      .chain((width) =>
        fc.uniqueArray(fc.integer({ min: 0x80, max: 0xff }), { minLength: 2 * width, maxLength: 2 * width }),
      )
      .map(
        (bytes) =>
          [Uint8Array.from(bytes.slice(bytes.length / 2)), Uint8Array.from(bytes.slice(0, bytes.length / 2))] as const,
      );
    fc.assert(
      fc.property(id, bytesOf(4), cuts, ([ours, theirs], head, where) => {
        const asked = frame(head, new Uint8Array(ours.length), utf8('open'));
        const exchange = past(asked, frame(head, ours, utf8('opened and ready')));
        const machine = handOver([exchange], frame(head, ours, utf8('new')), FRAMED);
        machine.connected('', 0);
        const steps = machine.fromBackend(frame(head, theirs, utf8('opened and ready')), false, 0);
        expect(out(steps)).toEqual(frame(head, theirs, utf8('new')));
        const many = concat([frame(head, ours, utf8('one')), frame(head, ours, utf8('another'))]);
        const others = concat([frame(head, theirs, utf8('one')), frame(head, theirs, utf8('another'))]);
        expect(passed(machine, 'client', pieces(many, where))).toEqual(others);
        expect(passed(machine, 'backend', pieces(others, where))).toEqual(many);
      }),
    );
  });

  test('in text: a cookie, also in another writing', () => {
    fc.assert(
      fc.property(word, word, cuts, (ours, theirs, where) => {
        fc.pre(!sharesRun(ours, theirs));
        const exchange = past(utf8('LOGIN\r\n'), utf8(`welcome, your key is <${ours}>\r\n`));
        const machine = handOver([exchange], utf8('?\r\n'));
        machine.connected('', 0);
        machine.fromBackend(utf8(`welcome, your key is <${theirs}>\r\n`), false, 0);
        for (let i = 0; i < 3 && !machine.isRelaying; i++) quiet(machine);
        const said = (key: string) => utf8(`GET /a?key=${key}&x=1\r\nKey: ${key}\r\n`);
        expect(passed(machine, 'client', pieces(said(ours), where))).toEqual(said(theirs));
        expect(passed(machine, 'backend', pieces(said(theirs), where))).toEqual(said(ours));
      }),
    );
  });

  test('as hexadecimal text and base64', () => {
    const [ours, theirs] = [fromLatin1('\x91\x32\xab\xcd\xef\x01'), fromLatin1('\x17\x28\x39\x4a\x5b\x6c')];
    const machine = handOver([past(utf8('ab'), concat([utf8('\x00\x01\x02\x03'), ours, utf8('\x04\x05')]))], utf8('?'));
    machine.connected('', 0);
    machine.fromBackend(concat([utf8('\x00\x01\x02\x03'), theirs, utf8('\x04\x05')]), false, 0);
    for (let i = 0; i < 3 && !machine.isRelaying; i++) quiet(machine);
    const said = (id: Uint8Array) =>
      utf8(`id=${Buffer.from(id).toString('hex')} auth ${Buffer.from(id).toString('base64')};`);
    expect(toLatin1(passed(machine, 'client', [said(ours)]))).toBe(toLatin1(said(theirs)));
  });

  test('an address is the real host’s there and ours here, and no part of a longer one', () => {
    const machine = handOver([], utf8('?'), TEXT, {
      addresses: { client: '198.51.100.20', ours: '192.0.2.1', theirs: '203.0.113.7', local: '10.0.0.9' },
    });
    machine.connected('10.0.0.9', 0);
    const said = passed(machine, 'client', [utf8('Host: 192.0.2.1 not 192.0.2.11 from 198.51.100.20\r\n')]);
    expect(toLatin1(said)).toBe('Host: 203.0.113.7 not 192.0.2.11 from 10.0.0.9\r\n');
    const answer = passed(machine, 'backend', [utf8('203.0.113.7 greets [10.0.0.9]\r\n')]);
    expect(toLatin1(answer)).toBe('192.0.2.1 greets [198.51.100.20]\r\n');
  });
});

test('whatever is said by whom: what the client says comes out whole and in order, and nothing throws', () => {
  const some = fc.uint8Array({ maxLength: 40 });
  const exchange = fc.record({ request: some, answer: some });
  const event = fc.record({ side: fc.constantFrom('client', 'backend', 'quiet' as const), bytes: some });
  fc.assert(
    fc.property(
      fc.array(exchange, { maxLength: 4 }),
      some,
      fc.array(event, { maxLength: 20 }),
      (before, waiting, events) => {
        const machine = handOver(
          before.map(({ request, answer }) => past(request, answer)),
          waiting,
        );
        const steps = [...machine.connected('', 0)];
        let size = before.reduce((sum, { request }) => sum + request.length, waiting.length);
        for (const { side, bytes } of events) {
          if (side === 'client') size += bytes.length;
          if (side === 'quiet') steps.push(...quiet(machine));
          else
            steps.push(
              ...(side === 'client' ? machine.fromClient(bytes, false) : machine.fromBackend(bytes, false, 0)),
            );
        }
        steps.push(...quiet(machine));
        expect(out(steps).length).toBeLessThanOrEqual(size * 2 + 64);
        if (before.length === 0) {
          const said = concat([waiting, ...events.flatMap((e) => (e.side === 'client' ? [e.bytes] : []))]);
          expect(out(steps)).toEqual(said);
        }
      },
    ),
  );
});
