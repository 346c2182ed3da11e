/** Values that come back in another writing: learned from sessions among noise, and right for values never seen. */
import { describe, expect, it } from 'vitest';
import { fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import { recode } from '../../model/recode.js';
import type { Recoding } from '../../model/types.js';
import {
  big,
  c,
  differences,
  kindsOf,
  learnOne,
  rulesOf,
  s,
  speak,
  seeds,
  type Dice,
  type Protocol,
} from '../../../tests/helpers/sessions.js';

const word = (dice: Dice) => dice.text(3, 14);
/** Two words, often with something between them that has to be escaped. */
const odd = (dice: Dice) => `${dice.text(2, 6)}${dice.pick(['', ' ', '"', '%', '=', '/', '"'])}${dice.text(2, 6)}`;
/** One word or several. */
const sentence = (dice: Dice) => Array.from({ length: dice.between(1, 4) }, () => dice.text(3, 8)).join(' ');
const said = (dice: Dice) => `${dice.text(2, 6)}${dice.pick(['', '"'])}${dice.text(2, 6)}`;

interface Case {
  readonly how: Recoding;
  /** The value as it is in the request. */
  readonly value: (dice: Dice) => string;
}

const text = (how: Recoding, value: string) => toLatin1(recode(how, fromLatin1(value)) ?? new Uint8Array(0));
const encoded = (how: Recoding, value: (dice: Dice) => string) => (dice: Dice) => text(how, value(dice));

const cases: readonly Case[] = [
  { how: { kind: 'hex', upper: false }, value: word },
  { how: { kind: 'hex', upper: true }, value: odd },
  { how: { kind: 'from hex' }, value: encoded({ kind: 'hex', upper: false }, word) },
  { how: { kind: 'from hex' }, value: encoded({ kind: 'hex', upper: true }, word) },
  { how: { kind: 'base64', url: false, pad: true }, value: word },
  { how: { kind: 'base64', url: false, pad: false }, value: odd },
  {
    how: { kind: 'base64', url: true, pad: true },
    value: (dice) => toLatin1(dice.bytes(6, 14)).replace(/[\r\n|]/g, 'x'),
  },
  { how: { kind: 'from base64' }, value: encoded({ kind: 'base64', url: false, pad: true }, word) },
  { how: { kind: 'percent', sign: 0x25, keep: fromLatin1('-._~'), plus: false, upper: true }, value: odd },
  { how: { kind: 'percent', sign: 0x25, keep: fromLatin1('-._~/'), plus: true, upper: false }, value: odd },
  { how: { kind: 'percent', sign: 0x3d, keep: fromLatin1('-._~ &/"?%'), plus: false, upper: true }, value: odd },
  {
    how: { kind: 'from percent', sign: 0x25, plus: false },
    value: encoded({ kind: 'percent', sign: 0x25, keep: fromLatin1('-._~'), plus: false, upper: true }, odd),
  },
  {
    how: { kind: 'from percent', sign: 0x25, plus: false },
    value: encoded({ kind: 'percent', sign: 0x25, keep: fromLatin1('-._~'), plus: false, upper: true }, (dice) =>
      toLatin1(dice.bytes(20)),
    ),
  },
  { how: { kind: 'percent', sign: 0x25, keep: fromLatin1('-._~'), plus: true, upper: true }, value: sentence },
  {
    how: { kind: 'from percent', sign: 0x25, plus: true },
    value: encoded({ kind: 'percent', sign: 0x25, keep: fromLatin1('-._~'), plus: true, upper: true }, sentence),
  },
  { how: { kind: 'escape', by: 0x22, bytes: fromLatin1('"'), where: 'everywhere' }, value: said },
  { how: { kind: 'escape', by: 0x5c, bytes: fromLatin1('"'), where: 'everywhere' }, value: said },
  {
    how: { kind: 'escape', by: 0xff, bytes: fromLatin1('\xff'), where: 'everywhere' },
    value: (dice) => `a${dice.text(4, 12, 'abcdef\xff')}b`,
  },
  {
    how: { kind: 'unescape', by: 0x22, bytes: fromLatin1('"'), where: 'everywhere' },
    value: encoded({ kind: 'escape', by: 0x22, bytes: fromLatin1('"'), where: 'everywhere' }, said),
  },
  { how: { kind: 'utf-16', order: 'little' }, value: word },
  { how: { kind: 'utf-16', order: 'big' }, value: word },
  { how: { kind: 'from utf-16', order: 'little' }, value: encoded({ kind: 'utf-16', order: 'little' }, word) },
  { how: { kind: 'from utf-16', order: 'big' }, value: encoded({ kind: 'utf-16', order: 'big' }, word) },
  { how: { kind: 'reverse' }, value: word },
  { how: { kind: 'pad', side: 'right', byte: 0x20, width: 16 }, value: word },
  { how: { kind: 'pad', side: 'right', byte: 0, width: 14 }, value: word },
  { how: { kind: 'pad', side: 'left', byte: 0x20, width: 16 }, value: word },
  { how: { kind: 'pad', side: 'left', byte: 0x2e, width: 20 }, value: word },
];

describe.each(cases.map((each) => ({ ...each, name: JSON.stringify(each.how) })))('$name', ({ how, value }) => {
  const protocol: Protocol = (dice) => {
    const sent = value(dice);
    return [
      c(`NOTE ${dice.text(2, 9)}|\r\n`),
      s('noted\r\n'),
      c(`TELL THE OTHERS ${sent}| AS SOON AS YOU CAN\r\n`),
      s(`heard <${text(how, sent)}>\r\n`),
    ];
  };

  it.each(seeds())('is learned and holds for values that were never seen (%i)', (seed) => {
    const service = learnOne(speak(protocol, 40, seed));
    expect(differences(service, speak(protocol, 30, seed + 500)).slice(0, 3)).toEqual([]);
    expect(kindsOf(service)).toContain('transform');
  });
});

describe('other places of a value', () => {
  const shapes: Readonly<Record<string, Protocol>> = {
    'a binary key in digits, from an earlier request': (dice) => {
      const key = dice.bytes(4);
      return [
        c('\x05\x01', key, dice.bytes(2)),
        s('\x06'),
        c('\x07\x01\x00\x00', dice.bytes(4)),
        s(
          'key ',
          toLatin1(key).replace(/[^]/g, (x) => x.charCodeAt(0).toString(16).padStart(2, '0')),
          '.',
        ),
      ];
    },
    'a name widened behind its length': (dice) => {
      const name = word(dice);
      const wide = `${Array.from(name).join('\0')}\0`;
      return [c('\x05\x02WIDE NAME, PLEASE:', big(name.length, 1), name), s('\x06\x02', big(wide.length, 2), wide)];
    },
    'lines with a dot in front': (dice) => {
      const lines = Array.from({ length: 3 }, () => `${dice.pick(['.', '', ''])}${dice.text(2, 9)}`);
      return [
        c(`PUT THESE LINES INTO THE FILE x${lines.join('\n')}\n;`),
        s(`kept x${lines.map((line, i) => (i > 0 && line.startsWith('.') ? `.${line}` : line)).join('\n')}\n;`),
      ];
    },
    'a name without the blanks around it': (dice) => {
      const name = `${dice.text(2, 6)} ${dice.text(2, 6)}`;
      return [
        c(`NAME:${' '.repeat(dice.between(0, 3))}${name}${' '.repeat(dice.between(0, 3))}:\n`),
        s(`hi ${name}!\n`),
      ];
    },
  };

  it.each(Object.entries(shapes).flatMap(([name, protocol]) => seeds().map((seed) => ({ name, protocol, seed }))))(
    '$name ($seed)',
    ({ protocol, seed }) => {
      const service = learnOne(speak(protocol, 40, seed));
      expect(differences(service, speak(protocol, 30, seed + 500)).slice(0, 3)).toEqual([]);
      expect(kindsOf(service)).toContain('transform');
    },
  );
});

describe('where there is nothing to find', () => {
  const none: Readonly<Record<string, Protocol>> = {
    'unrelated digits are no writing': (dice) => [
      c(`TELL ${word(dice)}\r\n`),
      s(`heard ${dice.text(8, 24, '0123456789abcdef')}\r\n`),
    ],
    'unrelated letters are no base64': (dice) => [
      c(`TELL ${word(dice)}\r\n`),
      s(`heard ${dice.text(8, 24, 'ABCDEFGHIJabcdefghij01234')}==\r\n`),
    ],
    'unrelated words are neither turned round nor widened': (dice) => [
      c(`TELL ${dice.text(3, 12)}\r\n`),
      s(`heard ${dice.text(3, 12)} ${Array.from(dice.text(3, 9)).join('\0')}\r\n`),
    ],
    'as many zeros behind every word fill nothing up': (dice) => {
      const name = dice.text(3, 9);
      return [c(`TELL ${name} AT ONCE\r\n`), s(`\x01${name}${'\0'.repeat(10)}\x19\x02\x02\x03told\r\n`)];
    },
    'unrelated bytes are nothing': (dice) => [c('\x41\x01', dice.bytes(6)), s('\x42\x02', dice.bytes(2, 9), 'OK')],
  };

  it.each(Object.entries(none).flatMap(([name, protocol]) => seeds().map((seed) => ({ name, protocol, seed }))))(
    '$name ($seed)',
    ({ protocol, seed }) => {
      expect(rulesOf(learnOne(speak(protocol, 25, seed))).filter(({ kind }) => kind === 'transform')).toEqual([]);
    },
  );
});
