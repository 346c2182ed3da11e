/** Records that are filled up to a multiple of so many bytes, with lengths before them. */
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import type { Rule } from '../../model/types.js';
import { withPadding } from './padding.js';
import type { Draft } from './draft.js';
import { big, c, Caller, Dice, learnOne, record, s, seeds } from '../../../tests/helpers/sessions.js';

const filling = (length: number, multiple: number) => new Uint8Array((multiple - (length % multiple)) % multiple);

/** A kind, the length of the content, that of the filling where it is told, and both. */
function padded(kind: number, text: string, multiple: number): Uint8Array {
  const fill = filling(text.length, multiple);
  const content = concat([fromLatin1(text), fill]);
  if (multiple === 4) return concat([big(kind, 4), big(text.length, 4), content]);
  return concat([big(0x0100 + kind, 2), big(1, 2), big(text.length, 2), big(fill.length, 1), big(0, 1), content]);
}

const end = (multiple: number) => padded(3, '\0\0\0\0\x00\x00\x07\x07', multiple);
const ask = (kind: string, name: string) => `${kind} ${name}\n`;
const told = (name: string, multiple: number) =>
  concat([padded(6, `There is one <${name}>.`, multiple), end(multiple)]);

const answerOf = (caller: Caller, request: string): string => {
  const { text, waits } = caller.send(request);
  return text + (waits ? caller.silence().text : '');
};

describe.each([4, 8])('a record filled up to a multiple of %i', (multiple) => {
  it.each(seeds())('is filled up for any length (seed %i)', (seed) => {
    const dice = new Dice(seed);
    const sessions = Array.from({ length: 24 }, (_, i) => {
      const name = dice.text(2, 17);
      return record(i, [c(ask('who', name)), s(told(name, multiple))]);
    });
    const model = learnOne(sessions);
    for (let length = 2; length < 18; length++) {
      const name = dice.text(length, length);
      expect(answerOf(new Caller(model), ask('who', name))).toBe(toLatin1(told(name, multiple)));
    }
  });

  it('is not seen where zeros are as many as was asked for', () => {
    const dice = new Dice(9);
    const asked = () => dice.between(1, 7);
    const zeros = (count: number) => `<${'\0'.repeat(count)}>`;
    const sessions = Array.from({ length: 24 }, (_, i) => {
      const count = asked();
      return record(i, [c(ask('zeros', `${count}`)), s(zeros(count))]);
    });
    const model = learnOne(sessions);
    for (let count = 1; count < 8; count++)
      expect(answerOf(new Caller(model), ask('zeros', `${count}`))).toBe(zeros(count));
  });
});

describe('two samples', () => {
  const values = (...texts: readonly string[]) => texts.map((text) => fromLatin1(text));
  const copy: Rule = {
    kind: 'copy',
    span: { of: { kind: 'request', back: 0 }, from: { kind: 'start', offset: 0 }, to: { kind: 'end', offset: 0 } },
    transform: { kind: 'copy' },
  };
  const name = (...texts: readonly string[]): Draft => {
    return { kind: 'rule', rule: copy, values: values(...texts), support: texts.length, cost: 0 };
  };
  const text = (latin: string): Draft => ({ kind: 'literal', bytes: fromLatin1(latin) });
  const how = { kind: 'padding', multiple: 8, add: 0, byte: 0 } as const;
  const length = { codec: { kind: 'binary', width: 2, order: 'big' }, gap: 2 } as const;
  const fillings = (drafts: readonly Draft[]) =>
    drafts.flatMap((draft) => (draft.kind === 'rule' && draft.rule.kind === 'padding' ? [draft.values] : []));

  it('are filled up as other answers are, though both have as many zeros', () => {
    const drafts = [text('\x01\x06\0\x01\0\x0b\x05\0<'), name('walrus', 'badger'), text('> no\0\0\0\0\0\x01\x03')];
    expect(fillings(withPadding(drafts, [{ how, length, size: 2 }]))).toEqual([values('\0\0\0\0\0', '\0\0\0\0\0')]);
    expect(withPadding(drafts, [])).toBe(drafts);
  });

  it('are not where the numbers before them are others', () => {
    for (const head of ['\x01\x06\0\x01\0\x0c\x05\0<', '\x01\x06\0\x01\0\x0b\x04\0<']) {
      const drafts = [text(head), name('walrus', 'badger'), text('> no\0\0\0\0\0\x01\x03')];
      expect(withPadding(drafts, [{ how, length, size: 2 }])).toBe(drafts);
    }
  });
});
