/** What one answer of a service proves is believed in another one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1 } from '../../bytes/bytes.js';
import { checksumOf } from '../../model/checksum.js';
import type { Context } from '../../model/meaning.js';
import type { Rule } from '../../model/types.js';
import { big } from '../../../tests/helpers/sessions.js';
import { borrow } from './borrow.js';
import type { Draft } from './draft.js';

const copyOf = (offset: number, width: number): Rule => ({
  kind: 'copy',
  span: { of: { kind: 'request', back: 0 }, from: { kind: 'start', offset }, to: { kind: 'width', width } },
  transform: { kind: 'copy' },
});

/** A request with a number and a token, both of which most answers give back as one copy. */
function asked(number: number, token: Uint8Array): Context {
  const request = concat([Buffer.from('\x7fREQ'), big(number, 2), token, Buffer.from('?')]);
  const end = { address: '', port: 0 };
  const said = { request, class: 0, group: 0, edges: null, answer: new Uint8Array(0), state: -1, time: 0 };
  return { said: [said], at: 0, environment: { client: end, server: end }, now: 0 };
}

describe('a number that was always the same, before one that was not', () => {
  const proven = [{ rule: copyOf(4, 6), before: new Uint8Array(0), offset: 3 }];
  const tokens = fc.uniqueArray(
    fc.uint8Array({ minLength: 4, maxLength: 4 }).filter((t) => new Set(t).size > 1),
    { minLength: 3, maxLength: 8, selector: (t) => t.join() },
  );
  const draftsOf = (number: number, values: readonly Uint8Array[]): Draft[] => [
    { kind: 'literal', bytes: concat([Buffer.from('ok!'), big(number, 2)]) },
    { kind: 'rule', rule: copyOf(6, 4), values, support: values.length, cost: 0 },
  ];

  it('is a copy as well, where other answers prove that both are one', () => {
    fc.assert(
      fc.property(tokens, fc.integer({ min: 1, max: 255 }), (its, number) => {
        const found = borrow(
          draftsOf(number, its),
          its.map((token) => asked(number, token)),
          proven,
        );
        expect(found.map((d) => d.kind)).toEqual(['literal', 'rule', 'rule']);
        expect(found[1]).toMatchObject({ kind: 'rule', rule: copyOf(4, 2) });
      }),
    );
  });

  it('stays as it is, where the request has another number there', () => {
    fc.assert(
      fc.property(tokens, fc.integer({ min: 1, max: 255 }), (its, number) => {
        const contexts = its.map((token) => asked(number + 1, token));
        expect(borrow(draftsOf(number, its), contexts, proven)).toHaveLength(2);
      }),
    );
  });
});

describe('a checksum that other answers prove', () => {
  const how = { kind: 'crc', bits: 16, polynomial: 0x8005, start: 0xffff, reflected: true, xor: 0 } as const;
  const covered = { what: 'before', count: 0 } as const;
  const rule: Rule = { kind: 'checksum', how, covered, write: { kind: 'binary', width: 2, order: 'big' } };
  const proven = [{ rule, before: fromLatin1('&&'), offset: null }];
  const bodies = fc.uint8Array({ minLength: 3, maxLength: 40 }).map((body) => concat([body, fromLatin1('&&')]));
  const found = (body: Uint8Array, sum: number) =>
    borrow(
      [{ kind: 'literal', bytes: concat([body, big(sum, 2), fromLatin1('\x03')]) }],
      [asked(1, fromLatin1('abcd'))],
      proven,
    );

  it('is one where a single answer bears it', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const sum = checksumOf(how, body);
        fc.pre(sum >> 8 !== (sum & 0xff));
        expect(found(body, sum)).toContainEqual(expect.objectContaining({ kind: 'rule', rule, support: 1 }));
      }),
    );
  });

  it('is none where the number is another one', () => {
    fc.assert(
      fc.property(bodies, fc.integer({ min: 1, max: 0xffff }), (body, off) => {
        expect(found(body, checksumOf(how, body) ^ off).every((draft) => draft.kind === 'literal')).toBe(true);
      }),
    );
  });
});
