/** Tables by key, as a user meets them: what any answer told of a key is given for it, in forms of several kinds. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, toLatin1 } from '../../../bytes/bytes.js';
import type { Session } from '../../../capture/types.js';
import { compile } from '../../../emulate/index.js';
import { inOrder, keysIn, produceRecords } from '../../../model/lookup.js';
import { decide } from '../../../model/meaning.js';
import { writeNumber } from '../../../model/number.js';
import type { Lookup, NumberCodec, RecordForm } from '../../../model/types.js';
import { ruleLines } from '../../../model/rule-words.js';
import {
  Caller,
  Dice,
  big,
  c,
  differences,
  kindsOf,
  learnOne,
  record,
  rulesOf,
  s,
  type Spoken,
} from '../../../../tests/helpers/sessions.js';

const seeds = Array.from({ length: Number(process.env['SEEDS'] ?? 3) }, (_, i) => i + 1);

/** How an invented protocol writes its records. */
interface Shape {
  readonly length: NumberCodec;
  readonly tags: readonly [frame: string | null, key: string, value: string];
  /** Whether a blank value stands behind a key that is only asked for. */
  readonly blank: boolean;
}

const shapes: Record<string, Shape> = {
  'framed, tags and BER lengths': { length: { kind: 'ber' }, tags: ['\x31', '\x06', '\x04'], blank: true },
  'tags and 16-bit lengths': {
    length: { kind: 'binary', width: 2, order: 'big' },
    tags: [null, 'k', 'v'],
    blank: false,
  },
  'framed, 16-bit lengths, least significant byte first': {
    length: { kind: 'binary', width: 2, order: 'little' },
    tags: ['\x02', '\x81', '\x82'],
    blank: false,
  },
};

const field = ({ length }: Shape, tag: string, content: Uint8Array): Uint8Array =>
  concat([fromLatin1(tag), writeNumber(length, content.length) ?? new Uint8Array(0), content]);

/** A server with a table of its own, from which every test asks something else. */
class Server {
  readonly keys: readonly Uint8Array[];
  readonly values: ReadonlyMap<string, string>;
  private readonly shape: Shape;
  private readonly stable: boolean;

  constructor(shape: Shape, seed: number, stable = true) {
    const dice = new Dice(seed);
    this.shape = shape;
    this.stable = stable;
    const keys = new Set(Array.from({ length: 14 }, () => `sys\x01${dice.text(2, 6)}`));
    this.keys = [...keys].map(fromLatin1).sort(inOrder);
    this.values = new Map(this.keys.map((key) => [toLatin1(key), dice.text(3, 30)]));
  }

  record(dice: Dice, key: Uint8Array, own: ReadonlyMap<string, string>): Uint8Array {
    const text = this.stable ? (own.get(toLatin1(key)) ?? this.values.get(toLatin1(key)) ?? '') : dice.text(3, 30);
    const [frame, name, value] = this.shape.tags;
    const both = concat([field(this.shape, name, key), field(this.shape, value, fromLatin1(text))]);
    return frame === null ? both : field(this.shape, frame, both);
  }

  ask(dice: Dice, op: number, count: number, key: Uint8Array, content = ''): [Uint8Array, Uint8Array] {
    const [, name, value] = this.shape.tags;
    const put = content !== '' || this.shape.blank ? field(this.shape, value, fromLatin1(content)) : new Uint8Array(0);
    const id = dice.bytes(4);
    return [concat([big(op, 1), id, big(count, 1), field(this.shape, name, key), put]), id];
  }

  /** One exchange: something is read, walked, read in bulk, looked for in vain or written and read back. */
  talk(dice: Dice, own: Map<string, string>): Spoken[] {
    const answer = (id: Uint8Array, keys: readonly Uint8Array[]): Spoken => {
      const records = concat(keys.map((key) => this.record(dice, key, own)));
      return s('\x7f', id, big(records.length, 2), records);
    };
    const does = dice.between(1, 8);
    const key = dice.pick(this.keys);
    const place = this.keys.indexOf(key);
    if (does <= 2) {
      const [request, id] = this.ask(dice, 0x11, 0, key);
      return [c(request), answer(id, [key])];
    }
    if (does <= 4) {
      const walked = !this.stable ? dice.pick(this.keys) : (this.keys[place + 1] ?? this.keys[0] ?? key);
      const [request, id] = this.ask(dice, 0x12, 0, this.keys[this.keys.indexOf(walked) - 1] ?? fromLatin1('sys'));
      return [c(request), answer(id, [walked])];
    }
    if (does <= 6) {
      const count = dice.between(2, 6);
      const from = Math.min(place, this.keys.length - count - 1);
      const [request, id] = this.ask(dice, 0x13, count, this.keys[from] ?? key);
      const told = this.keys.slice(from + 1, from + 1 + count);
      return [c(request), answer(id, this.stable ? told : told.map(() => dice.pick(this.keys)))];
    }
    if (does === 7) {
      const unknown = fromLatin1(`sys\x02${dice.text(3, 6)}`);
      const [request, id] = this.ask(dice, 0x11, 0, unknown);
      return [c(request), answer(id, [unknown])];
    }
    const text = dice.text(3, 30);
    const [put, first] = this.ask(dice, 0x14, 0, key, text);
    own.set(toLatin1(key), text);
    const [get, second] = this.ask(dice, 0x11, 0, key);
    return [c(put), answer(first, [key]), c(get), answer(second, [key])];
  }

  sessions(count: number, seed: number): Session[] {
    const dice = new Dice(seed);
    return Array.from({ length: count }, (_, i) => {
      const own = new Map<string, string>();
      const spoken = Array.from({ length: dice.between(1, 5) }, () => this.talk(dice, own)).flat();
      return record(i + seed * 1000, spoken, { transport: 'udp' });
    });
  }
}

describe.each(Object.entries(shapes))('a table by key: %s', (_, shape) => {
  it.each(seeds)('is learned from what all answers tell, walked in its order and written to (%i)', (seed) => {
    const server = new Server(shape, seed);
    const service = learnOne(server.sessions(45, seed));
    expect(kindsOf(service)).toContain('lookup');
    expect(differences(service, server.sessions(20, seed + 500))).toEqual([]);
  });

  it('gives what only a walk told when it is asked for alone', () => {
    const server = new Server(shape, 77);
    const dice = new Dice(5);
    const own = new Map<string, string>();
    const said = server.keys.map((key, i): Spoken[] => {
      const before = server.keys[i - 1] ?? fromLatin1('sys');
      const [request, id] = server.ask(dice, 0x12, 0, before);
      const told = server.record(dice, key, own);
      return [c(request), s('\x7f', id, big(told.length, 2), told)];
    });
    const [first, second] = server.keys;
    const gets = [first, second, first, second].map((key): Spoken[] => {
      const [request, id] = server.ask(dice, 0x11, 0, key ?? new Uint8Array(0));
      const told = server.record(dice, key ?? new Uint8Array(0), own);
      return [c(request), s('\x7f', id, big(told.length, 2), told)];
    });
    const service = learnOne([said.flat(), ...gets].map((spoken, i) => record(i, spoken, { transport: 'udp' })));
    const caller = new Caller(service);
    for (const key of server.keys.slice(2)) {
      const [request, id] = server.ask(dice, 0x11, 0, key);
      const told = server.record(dice, key, own);
      expect(caller.say(request)).toBe(toLatin1(concat([fromLatin1('\x7f'), id, big(told.length, 2), told])));
    }
  });

  it('is not seen in values that have nothing to do with their keys', () => {
    const server = new Server(shape, 3, false);
    expect(kindsOf(learnOne(server.sessions(25, 4)))).not.toContain('lookup');
  });

  it('can be switched off', () => {
    const server = new Server(shape, 1);
    expect(kindsOf(learnOne(server.sessions(12, 1), { without: 'lookup' }))).not.toContain('lookup');
  });
});

describe('lookups at work', () => {
  const shape = shapes['tags and 16-bit lengths'] as Shape;
  const form: RecordForm = {
    frame: null,
    key: { tag: fromLatin1('k'), length: shape.length },
    begin: new Uint8Array(0),
    value: { tag: null, length: shape.length },
    blank: null,
  };
  const entries = ['a1', 'a3', 'b2'].map((key, i) => ({
    key: fromLatin1(key),
    value: field(shape, 'v', fromLatin1(`value ${i}`)),
  }));
  const rule = (over: Partial<Lookup>): Lookup => ({
    kind: 'lookup',
    form,
    choose: {
      kind: 'leaf',
      value: { which: 'next', count: { before: 1, codec: { kind: 'binary', width: 1, order: 'big' } } },
      samples: 1,
      wrong: 0,
    },
    from: 'key',
    entries,
    rest: null,
    writers: [],
    ...over,
  });
  const produce = (its: Lookup, request: Uint8Array) => {
    const said = [{ request, class: 0, group: 0, edges: null, answer: new Uint8Array(0), state: -1, time: 0 }];
    const environment = { client: { address: '10.0.0.1', port: 1 }, server: { address: '10.0.0.2', port: 2 } };
    return produceRecords(its, { said, at: 0, environment, now: 0 }, decide);
  };

  it('gives no more than the table has', () => {
    const given = produce(rule({}), concat([big(200, 1), field(shape, 'k', fromLatin1('a2'))]));
    expect(given && keysIn(form, given).map(({ key }) => toLatin1(key))).toEqual(['a3', 'b2']);
  });

  it('gives nothing where no key is named, none is left, or nobody knows the value', () => {
    expect(produce(rule({}), fromLatin1('hello'))).toBeNull();
    expect(produce(rule({}), concat([big(1, 1), field(shape, 'k', fromLatin1('zz'))]))).toBeNull();
    const named = rule({ choose: { kind: 'leaf', value: { which: 'named' }, samples: 1, wrong: 0 } });
    expect(produce(named, field(shape, 'k', fromLatin1('zz')))).toBeNull();
  });

  it('takes any bytes without harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom('frame', 'key', 'value'), (request, from) => {
        const given = produce(
          rule({ from, form: { ...form, frame: { tag: null, length: { kind: 'ber' } } } }),
          request,
        );
        expect(given === null || given.length < 1000).toBe(true);
      }),
    );
  });

  it('says in words what it does', () => {
    const server = new Server(shapes['framed, tags and BER lengths'] as Shape, 2);
    const lookup = rulesOf(learnOne(server.sessions(30, 2))).find(({ kind }) => kind === 'lookup');
    const lines = lookup ? ruleLines(lookup) : [];
    expect(lines[0]).toBe('records of a table by key');
    expect(lines.join('\n')).toContain('those of the keys in the present request');
    expect(lines.join('\n')).toContain('as many as the number (one byte)');
  });

  it('keeps what one source wrote from another one', () => {
    const server = new Server(shape, 9);
    const compiled = compile(learnOne(server.sessions(40, 9)));
    const dice = new Dice(1);
    const [key] = server.keys;
    const read = (address: string) => {
      const [request] = server.ask(dice, 0x11, 0, key ?? new Uint8Array(0));
      return new Caller(compiled, { client: { address, port: 4000 } }).say(request);
    };
    const [put] = server.ask(dice, 0x14, 0, key ?? new Uint8Array(0), 'mine alone');
    new Caller(compiled, { client: { address: '192.0.2.1', port: 3999 } }).say(put);
    expect(read('192.0.2.1')).toContain('mine alone');
    expect(read('192.0.2.2')).not.toContain('mine alone');
  });
});
