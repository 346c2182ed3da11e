/** Memory: what a source wrote is what it reads later, in the same session or in another one; learned, not built in. */
import { describe, expect, it } from 'vitest';
import type { Session } from '../../capture/types.js';
import {
  Caller,
  Dice,
  c,
  differences,
  learnOne,
  record,
  s,
  seeds,
  speak,
  type Protocol,
  type Spoken,
} from '../../../tests/helpers/sessions.js';
import { compile } from '../../emulate/index.js';

/** Sessions of some sources, each with a server of its own memory; what one session does is drawn from `talk`. */
function sources(
  count: number,
  seed: number,
  talk: (dice: Dice, store: Map<string, string>) => readonly (readonly Spoken[])[],
): Session[] {
  const dice = new Dice(seed);
  let id = seed * 10_000;
  return Array.from({ length: count }, (_, source) => {
    const address = `10.${seed % 200}.${Math.floor(source / 200)}.${(source % 200) + 1}`;
    return talk(dice, new Map()).map((spoken) =>
      record(id++, spoken, { client: { address, port: 20_000 + (id % 30_000) } }),
    );
  }).flat();
}

const write = (dice: Dice, store: Map<string, string>, key: string): Spoken[] => {
  const value = dice.text(4, 12);
  store.set(key, value);
  return [c(`store ${key} ${value}\r\n`), s('done\r\n')];
};
const read = (store: ReadonlyMap<string, string>, key: string): Spoken[] => {
  const value = store.get(key);
  return [c(`fetch ${key}\r\n`), s(value === undefined ? 'nothing there\r\n' : `here: ${value}\r\n`)];
};
const drop = (store: Map<string, string>, key: string): Spoken[] => {
  store.delete(key);
  return [c(`drop ${key}\r\n`), s('gone\r\n')];
};

/** One session writes, another one reads, in any order. */
function shelves(dice: Dice, store: Map<string, string>): Spoken[][] {
  const keys = [dice.text(5, 9), dice.text(5, 9), dice.text(5, 9)];
  return Array.from({ length: dice.between(2, 4) }, () =>
    Array.from({ length: dice.between(1, 5) }, () => {
      const key = dice.pick(keys);
      const does = dice.between(1, 6);
      return does <= 2 ? write(dice, store, key) : does <= 5 ? read(store, key) : drop(store, key);
    }).flat(),
  );
}

describe('a shelf', () => {
  it.each(seeds())('gives back what was put there, and nothing when it was taken away (seed %i)', (seed) => {
    const service = learnOne(sources(40, seed, shelves));
    expect(differences(service, sources(20, seed + 100, shelves))).toEqual([]);
  });

  it('is one for each source', () => {
    const compiled = compile(learnOne(sources(40, 1, shelves)));
    const at = (address: string) => new Caller(compiled, { client: { address, port: 4000 } });
    const one = '192.0.2.1';
    expect(at(one).say('store wanted treasure\r\n')).toBe('done\r\n');
    expect(at(one).say('fetch wanted\r\n')).toBe('here: treasure\r\n');
    expect(at('192.0.2.2').say('fetch wanted\r\n')).toBe('nothing there\r\n');
  });

  it('can be tried out without a trace', () => {
    const compiled = compile(learnOne(sources(40, 1, shelves)));
    new Caller(compiled).say('store wanted treasure\r\n');
    const apart = compiled.apart();
    expect(new Caller(apart).say('fetch wanted\r\n')).toBe('here: treasure\r\n');
    expect(new Caller(apart).say('store wanted rubbish\r\n')).toBe('done\r\n');
    expect(new Caller(apart).say('fetch wanted\r\n')).toBe('here: rubbish\r\n');
    expect(new Caller(compiled).say('fetch wanted\r\n')).toBe('here: treasure\r\n');
    expect(new Caller(apart.apart()).say('fetch wanted\r\n')).toBe('here: rubbish\r\n');
  });

  it.each(seeds())('is not made out of values that have nothing to do with what was put there (seed %i)', (seed) => {
    const chance = (dice: Dice, store: Map<string, string>): Spoken[][] =>
      shelves(dice, store).map((session) =>
        session.map((spoken) => (spoken.from === 'server' ? s(`here: ${dice.text(4, 12)}\r\n`) : spoken)),
      );
    expect(JSON.stringify(learnOne(sources(40, seed, chance)).states)).not.toContain('"recall"');
  });
});

/** What was put there, grown by a mark where it was said to, or counted on: the length stands before the content. */
function cupboard(dice: Dice): Spoken[][] {
  const [key, other] = [dice.text(5, 9), dice.text(5, 9)];
  const text = Array.from({ length: dice.between(1, 5) }, () => dice.text(3, 8)).join(' ');
  const number = dice.between(10, 900);
  const put = (k: string, content: string) => [c(`set ${k} 0 0 ${content.length}\r\n${content}\r\n`), s('STORED\r\n')];
  const shown = (k: string, content: string) => `VALUE ${k} 0 ${content.length}\r\n${content}\r\n`;
  const get = (...answers: string[]) => s(`${answers.join('')}END\r\n`);
  const plain = [...put(key, text), c(`get ${key}\r\n`), get(shown(key, text))];
  const gone = [c(`delete ${key}\r\n`), s('DELETED\r\n'), c(`get ${key}\r\n`), get()];
  const grown = [
    ...put(key, text),
    ...put(other, 'leaf'),
    c(`append ${key} 0 0 1\r\n!\r\n`),
    s('STORED\r\n'),
    c(`get ${key} ${other}\r\n`),
    get(shown(key, `${text}!`), shown(other, 'leaf')),
    c(`get ${key}\r\n`),
    get(shown(key, `${text}!`)),
  ];
  const counted = [
    ...put(key, String(number)),
    c(`incr ${key} 7\r\n`),
    s(`${number + 7}\r\n`),
    c(`get ${key}\r\n`),
    get(shown(key, String(number + 7))),
  ];
  const stamp = dice.between(2, 80);
  const stamped = [
    c(`add ${key} 0 0 ${other.length}\r\n${other}\r\n`),
    s('STORED\r\n'),
    c(`add ${key} 0 0 4\r\nleaf\r\n`),
    s('NOT_STORED\r\n'),
    c(`gets ${key}\r\n`),
    get(`VALUE ${key} 0 ${other.length} ${stamp}\r\n${other}\r\n`),
    c(`cas ${key} 0 0 ${text.length} ${stamp}\r\n${text}\r\n`),
    s('STORED\r\n'),
    c(`cas ${key} 0 0 4 ${stamp}\r\nleaf\r\n`),
    s('EXISTS\r\n'),
    c(`get ${key}\r\n`),
    get(shown(key, text)),
  ];
  return [dice.pick([[...plain, ...gone], grown, counted, stamped, [c(`get ${key}\r\n`), get()]])];
}

it.each(seeds())('what is read back may have been changed on the way in several ways (seed %i)', (seed) => {
  const service = learnOne(sources(50, seed, cupboard));
  const wrong = differences(service, sources(30, seed + 100, cupboard));
  // a stamp is made up
  expect(wrong.filter((difference) => !difference.includes('to "gets '))).toEqual([]);
});

const BLOCK = 40;
const blocksOf = (text: string): string[] =>
  Array.from({ length: Math.floor(text.length / BLOCK) + 1 }, (_, i) => text.slice(i * BLOCK, (i + 1) * BLOCK));
const number = (n: number) => String.fromCharCode(n);

/** A text goes there in blocks, and comes back in blocks in another session. */
function transfers(dice: Dice): Spoken[][] {
  const name = dice.text(7, 7);
  const blocks = blocksOf(dice.text(20, 150));
  const put = [
    c(`write the text named ${name} here\0`),
    s('\x04\0'),
    ...blocks.flatMap((block, i) => [c(`block \x03${number(i + 1)}${block}`), s(`\x04${number(i + 1)}`)]),
  ];
  const get = [
    c(`read the text named ${name} back\0`),
    ...blocks.flatMap((block, i) => [s(`block \x03${number(i + 1)}${block}`), c(`\x04${number(i + 1)}`)]),
  ];
  return [put, get];
}

it.each(seeds())('a text that came in blocks is given back in blocks (seed %i)', (seed) => {
  const service = learnOne(sources(40, seed, transfers));
  expect(differences(service, sources(20, seed + 100, transfers))).toEqual([]);
});

/** One connection puts a thing on the table, or clears it; others are told what lies there, which they do not name. */
function table(dice: Dice): Spoken[][] {
  const hello = s('table service ready\r\n');
  const look = (thing: string | null) => [
    hello,
    c('look\r\n'),
    s(`cup: blue\r\n${thing === null ? '' : `thing: ${thing}\r\n`}that is all\r\n`),
  ];
  const thing = `${dice.text(5, 9)}${dice.between(10, 9999)}`;
  const put = [hello, c(`put "${thing}"\r\n`), s('ok\r\n')];
  const clear = [hello, c(`away "${thing}"\r\n`), s('ok\r\n')];
  const does = dice.between(1, 4);
  if (does === 1) return [look(null)];
  return [put, look(thing), clear, ...(does === 2 ? [] : [look(null)])];
}

/** One connection chooses one of a few things, another one is told all about it. */
function counter(dice: Dice): Spoken[][] {
  const prices = new Map([
    ['hammer', 'weight: 12\r\nprice: 7\r\n'],
    ['anvil', 'weight: 99\r\nprice: 120\r\n'],
    ['tongs', 'weight: 3\r\nprice: 5\r\n'],
  ]);
  const chosen = dice.pick([...prices.keys()]);
  return [
    [c(`choose ${chosen}\r\n`), s('ok\r\n')],
    [c('show\r\n'), s(`item: ${chosen}\r\n${prices.get(chosen) ?? ''}ok\r\n`)],
  ];
}

/** What a switch does goes by what it did last. */
function lamps(dice: Dice, lit: Map<string, string>): Spoken[][] {
  const names = [dice.text(6, 9), dice.text(6, 9), dice.text(6, 9)];
  return Array.from({ length: 2 }, () =>
    Array.from({ length: dice.between(2, 6) }, () => {
      const name = dice.pick(names);
      lit.set(name, lit.get(name) === 'on' ? 'off' : 'on');
      return [c(`press ${name}\r\n`), s(lit.get(name) === 'on' ? 'there is light\r\n' : 'dark again\r\n')];
    }).flat(),
  );
}

it.each(seeds())('what became of a thing tells what becomes of it now (seed %i)', (seed) => {
  const service = learnOne(sources(30, seed, lamps));
  expect(differences(service, sources(20, seed + 100, lamps))).toEqual([]);
});

/** What is told under a name is heard by who asked for that name, or for all that begin with its first word. */
function board(dice: Dice): Spoken[][] {
  const name = () => `${dice.text(4, 9)}.${dice.text(4, 9)}`;
  const told = name();
  const does = dice.between(1, 10);
  const asked = does <= 1 ? name() : does <= 3 ? told.replace(/\..*/, '.*') : told;
  return [
    [c(`hear ${asked}\r\n`), s('asked\r\n')],
    [c(`tell ${told} ${dice.text(3, 20)}\r\n`), s(does <= 1 ? 'by none\r\n' : 'by one\r\n')],
  ];
}

describe('what another connection of the source said', () => {
  it.each(seeds())('may be named in two ways (seed %i)', (seed) => {
    const service = learnOne(sources(60, seed, board));
    expect(differences(service, sources(30, seed + 100, board))).toEqual([]);
  });

  it.each(seeds())('is told of where nothing names it, until it is undone (seed %i)', (seed) => {
    const service = learnOne(sources(30, seed, table));
    expect(differences(service, sources(20, seed + 100, table))).toEqual([]);
  });

  it.each(seeds())('chooses what is told (seed %i)', (seed) => {
    const service = learnOne(sources(30, seed, counter));
    expect(differences(service, sources(20, seed + 100, counter))).toEqual([]);
  });
});

describe('a key among texts of any length', () => {
  /** Files are made, written and looked at; the few that were forgotten in training all have names of nine letters or more. */
  const files =
    (shortest: number): Protocol =>
    (dice) => {
      const does = dice.between(0, 7);
      const name = `${dice.text(does < 2 ? shortest - 4 : 4, 8)}${dice.text(2, 4, '0123456789')}`;
      const file = `${name}.rrd`;
      const step = dice.pick([60, 300]);
      const made = [
        c(`CREATE ${file} -s ${step} -b ${dice.between(1_600_000_000, 1_690_000_000)} DS:${dice.text(3, 7)}:GAUGE\n`),
        s('0 made\n'),
      ];
      const written = [c(`UPDATE ${file} ${dice.between(1, 90_000)}\n`), s('0 errors\n')];
      if (does === 0) return [c(`FORGET ${file}\n`), s('-1 no such file\n'), c('QUIT\n')];
      if (does === 1) return [...made, ...written, c(`FORGET ${file}\n`), s('0 gone\n'), c('QUIT\n')];
      if (does === 2) return [c('PING\n'), s('0 PONG\n'), c('QUIT\n')];
      return [...made, ...written, c(`FLUSH ${file}\n`), s(`0 flushed ${file}.\n`), c('QUIT\n')];
    };

  it.each(seeds())('is known where it is shorter than any of training (seed %i)', (seed) => {
    const service = learnOne(speak(files(11), 50, seed));
    expect(differences(service, speak(files(6), 40, seed + 100))).toEqual([]);
  });
});
