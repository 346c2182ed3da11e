/** What few sessions of several clients teach: what one client alone says, and is told, is one witness. */
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, toLatin1 } from '../bytes/bytes.js';
import type { Context } from '../model/meaning.js';
import type { Test } from '../model/types.js';
import { Caller, c, learnOne, record, s, type Spoken } from '../../tests/helpers/sessions.js';
import { contentFeatures, sizeFeatures } from './choices/features.js';

const of = (id: number, spoken: readonly Spoken[]) =>
  record(id, spoken, { client: { address: `10.9.0.${id + 1}`, port: 4000 + id } });

describe('what one client is told twice', () => {
  const put = (name: string, size: string) => c(`\0\x02${name}.txt\0size\0${size}\0rate\x00512\0`);
  const get = (name: string) => c(`\0\x01${name}.txt\0size\x000\0rate\x00512\0`);
  const told = (size: string) => s(`\0\x06size\0${size}\0rate\x00512\0`);

  it('is not what every client is told', () => {
    const both = (name: string, size: string) => [put(name, size), told(size), get(name), told(size)];
    const sessions = [of(0, both('laurel242', '1376')), of(1, both('letter6094', '420')), of(2, [c('x'), s('y')])];
    const caller = new Caller(learnOne(sessions));
    const said = (spoken: Spoken) => {
      const { text, waits } = caller.send(toLatin1(spoken.bytes));
      return text + (waits ? caller.silence().text : '');
    };
    expect(said(put('osprey77', '58'))).toBe(toLatin1(told('58').bytes));
    expect(said(get('osprey77'))).toBe(toLatin1(told('58').bytes));
  });
});

describe('a request that few sessions have', () => {
  const said = (caller: Caller, spoken: Spoken) => {
    const { text, waits } = caller.send(toLatin1(spoken.bytes));
    return text + (waits ? caller.silence().text : '');
  };
  const hello = (name: string) => [c(`\0\0\0\x0b\xfeHI${name}`), s(`\0\0\0\x05\xfeHO\x01\x02`)];

  it('is one request with other numbers in it, where nearly all of it is the same twice', () => {
    const list = (number: string) => c(`\0\0\0\x18\xfeLS\0\0\x18\x43${number}\0\0\0\0all of it`);
    const files = (number: string) => s(`\0\0\0\x18\xfeLO\0\0\x18\x43${number}\0\0\0\0one, two`);
    const seen = ['\xa1\x02', '\x33\x94', '\x51\x77', '\x0e\x61', '\xc8\x15'];
    const sessions = seen.map((number, i) =>
      of(i, [...hello(`heron${i}`), ...(i < 2 ? [list(number), files(number)] : [])]),
    );
    const caller = new Caller(learnOne(sessions));
    said(caller, c(`\0\0\0\x0b\xfeHIegret`));
    expect(said(caller, list('\x7d\xe9'))).toBe(toLatin1(files('\x7d\xe9').bytes));
  });

  it('may have another text where one client alone said the one seen, and its length stands before it', () => {
    const note = (text: string) => c(`\xfeNO\0\x07${String.fromCharCode(0, text.length)}${text}\x01`);
    const query = (name: string) => c(`\xfeQU\0\x07\0${String.fromCharCode(name.length)}${name}\x02`);
    const sessions = ['lunch', 'tea', 'supper', 'cake'].map((word, i) =>
      of(i, [query(`${word}${i}`), s(`\xfeYES`), ...(i === 2 ? [note('tea and cake at noon'), s('\xfeKEPT')] : [])]),
    );
    const caller = new Caller(learnOne(sessions));
    said(caller, query('bread9'));
    expect(said(caller, note('no more bread'))).toBe('\xfeKEPT');
  });
});

describe('lines that one answer gives back', () => {
  const asked = (verb: string, name: string, id: string, at: string) =>
    c(
      `${verb} desk\r\nFrom: ${name}@${at}:5060;t=${id}\r\nTo: box${name}\r\nId: ${id}@${at}\r\nStep: 1 ${verb}\r\n\r\n`,
    );
  const told = (verb: string, name: string, id: string, at: string) =>
    s(`DONE\r\nFrom: ${name}@${at}:5060;t=${id}\r\nTo: box${name};seen\r\nId: ${id}@${at}\r\nStep: 1 ${verb}\r\n\r\n`);

  it('are copies line by line, also where they hold the address of the client', () => {
    const sessions = ['heron', 'egret', 'ibis', 'plover'].map((name, i) => {
      const own = [name, `${String(7300 + i * 37)}ab`, `10.9.0.${i + 1}`] as const;
      return of(i, i === 2 ? [asked('TELL', ...own), told('TELL', ...own)] : [asked('ASK', ...own), s('OK\r\n')]);
    });
    const caller = new Caller(learnOne(sessions));
    const other = ['bittern', '94121cd', '10.9.0.177'] as const;
    const { text, waits } = caller.send(toLatin1(asked('TELL', ...other).bytes));
    expect(text + (waits ? caller.silence().text : '')).toBe(toLatin1(told('TELL', ...other).bytes));
  });
});

describe('a letter of a name', () => {
  const wide = (text: string) => fromLatin1(text.replaceAll(/./g, '$&\0'));
  const fixed = { kind: 'fixed', bytes: fromLatin1('\xffopen\\') } as const;
  const letter = { kind: 'mutating', type: 'ascii', min: 1, max: 1 } as const;
  const rest = { kind: 'mutating', type: 'binary', min: 5, max: 40 } as const;
  const said = { class: 0, group: 0, edges: null, answer: fromLatin1(''), state: -1, time: 0 };
  const context = (name: string): Context => {
    const request = concat([fixed.bytes, wide(name)]);
    const edges = Int32Array.of(0, 6, 7, request.length);
    const [client, server] = ['10.0.0.1', '10.0.0.2'].map((address) => ({ address, port: 1 }));
    if (!client || !server) throw new RangeError('no ends');
    return {
      said: [
        { ...said, request: fromLatin1('') },
        { ...said, request, edges },
      ],
      at: 1,
      environment: { client, server },
      now: 0,
      port: () => null,
    };
  };
  const words = { isPrivate: (value: Uint8Array) => /l\0[ae]\0/.test(toLatin1(value)) };
  const names = ['readme', 'readme', 'readme', 'laurel242', 'letter609', 'laurel77'];

  it('tells less than the name does, and nothing where the name is one client’s own', () => {
    const features = contentFeatures(names.map(context), [fixed, letter, rest], undefined, words);
    const costOf = (wanted: (test: Test) => boolean) => features.find(({ test }) => wanted(test))?.cost ?? Infinity;
    const has = (test: Test, text: string) =>
      (test.kind === 'value' && test.values.some((value) => toLatin1(value) === text)) ||
      (test.kind === 'contains' && toLatin1(test.bytes) === text);
    const name = costOf((test) => has(test, toLatin1(wide('readme'))));
    const [r, l] = ['r', 'l'].map((text) => costOf((test) => has(test, text)));
    expect(name).toBeLessThan(r ?? 0);
    expect(r).toBeLessThan(l ?? 0);
  });

  it('does not tell by its number how long a name is, nor does a sign behind a word look like a wide letter', () => {
    const kinds = (list: readonly string[]) =>
      sizeFeatures(list.map(context), null, { isPrivate: (value) => /\d/.test(toLatin1(value)) }).map(
        ({ test }) => test.kind,
      );
    expect(kinds(['victor847', 'elm8', 'laurel24'])).not.toContain('length');
    expect(kinds(['victor847', 'elm8', 'readme'])).toContain('length');
    const sign = { kind: 'fixed', bytes: fromLatin1('size\0') } as const;
    const contexts = ['0', '7', '0'].map((text) => {
      const request = fromLatin1(`size\0${text}\0rest`);
      return {
        ...context(''),
        said: [
          { ...said, request: fromLatin1('') },
          { ...said, request, edges: Int32Array.of(0, 5, 6, request.length) },
        ],
      };
    });
    const features = contentFeatures(contexts, [sign, letter, rest], undefined, words);
    expect(
      features.find(({ test }) => test.kind === 'value' && toLatin1(test.values[0] ?? sign.bytes) === '0')?.cost,
    ).toBeLessThan(5);
  });
});
