/** What was said earlier in a session decides about answers that the request alone does not. */
import { describe, expect, it } from 'vitest';
import { EMPTY, fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import type { Context, Said } from '../../model/meaning.js';
import { earlierFeatures } from './earlier.js';
import {
  c,
  differences,
  learnOne,
  s,
  seeds,
  speak,
  type Protocol,
  type Spoken,
} from '../../../tests/helpers/sessions.js';

/** A reading room: a shelf is chosen, then pages of it are read; each page is another text. */
const room: Protocol = (dice) => {
  const shelf = dice.pick(['stones', 'rivers', 'stars']);
  const pages: Record<string, readonly string[]> = {
    stones: ['granite is hard', 'slate splits well', 'chalk is soft and white'],
    rivers: ['the source is a spring', 'mills stand here', 'then comes the sea'],
    stars: ['most are far', 'one is near', 'some fall at night in august'],
  };
  const other = (): Spoken[] => (dice.between(0, 1) === 0 ? [c('TIME\r\n'), s('early enough\r\n')] : []);
  const read = (): Spoken[] => {
    const page = dice.between(1, 3);
    return [c(`READ ${page}\r\n`), s(`${pages[shelf]?.[page - 1] ?? ''}\r\n`)];
  };
  return [
    c(`IAM ${dice.text(4, 9)}\r\n`),
    s('come in\r\n'),
    c(`SHELF ${shelf}\r\n`),
    s('here it is\r\n'),
    ...other(),
    ...read(),
    ...other(),
    ...read(),
    c('COUNT\r\n'),
    s(shelf === 'stars' ? 'too many\r\n' : 'three pages\r\n'),
  ];
};

/** A post office: one or two names, then lines that nobody answers, then an answer for each name. */
const post: Protocol = (dice) => {
  const letter = (): Spoken[] => {
    const names = Array.from({ length: dice.between(1, 2) }, () => dice.text(4, 9));
    const lines = Array.from({ length: dice.between(1, 7) }, () => c(`${dice.text(3, 20)} ${dice.text(3, 20)}\r\n`));
    return [
      c(`FROM ${dice.text(4, 9)}\r\n`),
      s('who for?\r\n'),
      ...names.flatMap((name) => [c(`FOR ${name}\r\n`), s('good\r\n')]),
      c('TEXT\r\n'),
      s('go on\r\n'),
      ...lines,
      c('.\r\n'),
      s(names.map((name) => `kept for ${name}\r\n`).join('')),
    ];
  };
  return [s('post office\r\n'), ...letter(), ...(dice.between(0, 2) === 0 ? letter() : [])];
};

/** A store: what is wanted is asked for with a flag of one letter, or none, in front of a name that may be empty; then it comes. */
const store: Protocol = (dice) => {
  const [flag, name] = dice.pick([
    ['', dice.text(5, 9)],
    ['l', ''],
    ['l', ''],
    ['g', 'stones'],
    ['g', 'rivers'],
  ] as const);
  const told: Record<string, string> = {
    stones: 'granite, slate',
    rivers: 'the source is a spring',
    '': 'stones rivers',
  };
  return [
    c('\x01\x00', dice.text(4, 9)),
    s('\x01\x00yes'),
    c('\x02\x00-', flag, 'e.Xv\0in/', name, '\0\x07'),
    s('\x02\x00wait'),
    c('\x04\x00\x09'),
    s(flag === '' ? `\x05\x00there is no "${name}"` : `\x04\x00${told[name] ?? ''}`),
  ];
};

describe('an answer depends on', () => {
  it.each(seeds())('a letter, or nothing, in a part of an earlier request (seed %i)', (seed) => {
    expect(differences(learnOne(speak(store, 50, seed)), speak(store, 30, seed + 100))).toEqual([]);
  });

  it.each(seeds())('what was chosen earlier in the session (seed %i)', (seed) => {
    expect(differences(learnOne(speak(room, 60, seed)), speak(room, 30, seed + 100))).toEqual([]);
  });

  it.each(seeds())('what was said before lines that nobody answered (seed %i)', (seed) => {
    expect(differences(learnOne(speak(post, 50, seed)), speak(post, 20, seed + 100))).toEqual([]);
  });
});

describe('the questions about earlier requests', () => {
  /** Two requests of a session: the earlier one of group 1, the present one of group 2. */
  const contextOf = (request: Uint8Array): Context => {
    const said = [EMPTY, request, fromLatin1('\x02\x00')].map((bytes, i): Said => {
      return { request: bytes, class: i, group: i, edges: null, answer: EMPTY, state: i, time: 0 };
    });
    const end = { address: '10.0.0.1', port: 1 };
    return { said, at: 2, environment: { client: end, server: end }, now: 0 };
  };
  const wordsIn = (requests: readonly string[], identities: readonly number[] = []) =>
    earlierFeatures(
      requests.map((request) => contextOf(fromLatin1(request))),
      null,
      new Set(identities),
    ).map(({ test }) => (test.kind === 'contains' ? toLatin1(test.bytes) : test.kind));

  it('take no two bytes of a binary request for a word', () => {
    expect(wordsIn(['\x01\x80\xffQz\x00', '\x01\x81\xffQz\x01', '\x01\x82\xff\x00\x00\x02'])).not.toContain('Qz');
    expect(wordsIn(['USE Qz now', 'USE Qz soon', 'USE other now'])).toContain('Qz');
  });

  it('take no length beside a word that all have for a part of it, though it may be a letter', () => {
    const requests = ['\x80\x01zHELLO\x00a', '\x80\x01zHELLO\x00b', '\x80\x01\x7cHELLO\x00c', '\x80\x01\x7cHELLO\x00d'];
    expect(wordsIn(requests)).toEqual([]);
  });

  it('ask nothing about what only says whose a request is', () => {
    const requests = ['\x01\x80abcd\x00\x01', '\x01\x81abcd\x00\x02', '\x01\x82wxyz\x00\x03'];
    expect(wordsIn(requests)).toContain('abcd');
    expect(wordsIn(requests, [2, 3, 4, 5])).not.toContain('abcd');
  });
});
