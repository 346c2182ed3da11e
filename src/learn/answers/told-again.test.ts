/** What a server makes up for a name and tells again under it, numbers told in another coding, fields of one width. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../emulate/index.js';
import type { Session } from '../../capture/types.js';
import {
  big,
  c,
  Caller,
  Dice,
  differences,
  kindsOf,
  learnOne,
  little,
  record,
  rulesOf,
  s,
  seeds,
  speak,
  type Protocol,
  type Spoken,
  type Words,
} from '../../../tests/helpers/sessions.js';

const frame = (...words: readonly Words[]): Uint8Array => {
  const { bytes } = c(...words);
  return Uint8Array.from([...big(bytes.length, 2), ...bytes]);
};

/** Sessions of sources that each talk twice at most. */
function sources(count: number, seed: number, talk: (dice: Dice) => readonly (readonly Spoken[])[]): Session[] {
  const dice = new Dice(seed);
  let id = seed * 10_000;
  return Array.from({ length: count }, (_, source) => {
    const address = `10.${seed % 200}.3.${source + 1}`;
    return talk(dice).map((spoken) => record(id++, spoken, { client: { address, port: 20_000 + (id % 30_000) } }));
  }).flat();
}

/** A guest gets a number at the first arrival, and the same one at every later one. */
function guests(dice: Dice, same: boolean): Spoken[][] {
  const name = dice.text(6, 12);
  let number = dice.bytes(3);
  const arrive = (): Spoken[] => {
    const said = [c(frame('\x05\x04\x01', name, '\x28\x02')), s(frame('\x05\x10\x01', name, '\x08', number))];
    if (!same) number = dice.bytes(3);
    return said;
  };
  const does = dice.between(1, 6);
  if (does <= 3) return [arrive()];
  return does <= 5 ? [[...arrive(), ...arrive()]] : [arrive(), arrive()];
}

/** The answers of one caller who arrives twice, and then of the same caller in another connection. */
function arrivals(talk: (dice: Dice) => Spoken[][], seed: number): string[] {
  const compiled = compile(learnOne(sources(40, seed, talk)));
  const client = { address: '192.0.2.44', port: 4000 };
  const asked = frame('\x05\x04\x01', new Dice(seed + 500).text(9, 9), '\x28\x02');
  const [one, other] = [new Caller(compiled, { client, seed: 3 }), new Caller(compiled, { client, seed: 4 })];
  return [one.say(asked), one.say(asked), other.say(asked)];
}

describe('a number that is made up for a name', () => {
  it.each(seeds())('is told again under that name, in other connections too (seed %i)', (seed) => {
    const [first, again, later] = arrivals((dice) => guests(dice, true), seed);
    expect(first?.length).toBe(18);
    expect([again, later]).toEqual([first, first]);
  });

  it.each(seeds())('is not told again where it never was (seed %i)', (seed) => {
    const service = learnOne(sources(40, seed, (dice) => guests(dice, false)));
    expect(JSON.stringify(rulesOf(service))).not.toContain('"side":"answer"');
  });
});

describe('a number in another coding', () => {
  const rows =
    (told: (amount: number) => Uint8Array): Protocol =>
    (dice) => {
      const amount = dice.between(1000, 2_000_000_000);
      const name = dice.text(3, 9);
      return [
        c(`put ${name} ${amount} times\r\n`),
        s('done\r\n'),
        c(`what is there of ${name}\r\n`),
        s('\x01row', told(amount), '\x00end\n'),
      ];
    };

  it.each(seeds())('was said in digits and is told in binary (seed %i)', (seed) => {
    for (const told of [(n: number) => big(n, 4), (n: number) => little(n, 4)]) {
      const service = learnOne(speak(rows(told), 30, seed));
      expect(differences(service, speak(rows(told), 20, seed + 100))).toEqual([]);
      expect(kindsOf(service)).toContain('number');
    }
  });

  it.each(seeds())('was said in binary and is told in digits (seed %i)', (seed) => {
    const sizes: Protocol = (dice) => {
      const size = dice.between(300, 60_000);
      return [c('\x02\x07', big(size, 4), '\x01'), s(`it has ${size} bytes\n`)];
    };
    const service = learnOne(speak(sizes, 30, seed));
    expect(differences(service, speak(sizes, 20, seed + 100))).toEqual([]);
  });

  it.each(seeds())('is not found where they have nothing to do with each other (seed %i)', (seed) => {
    const chance: Protocol = (dice) => [
      c(`put ${dice.between(1000, 2_000_000_000)} times\r\n`),
      s('\x01row', dice.bytes(4), '\x00end\n'),
    ];
    expect(kindsOf(learnOne(speak(chance, 30, seed)))).not.toContain('number');
  });
});

/** A number of which only the lowest bytes were ever used, with something made up behind it. */
const opened: Protocol = (dice) => [
  c('\x07open', dice.bytes(2), '\x00'),
  s('\x07\x05\x00', little(dice.between(0, 60) * 128 + 5, 4), dice.bytes(16)),
];

it.each(seeds())(
  'zeros behind a number belong to its width, and what is as long as ever has its fields in place (seed %i)',
  (seed) => {
    const compiled = compile(learnOne(speak(opened, 60, seed)));
    for (let i = 0; i < 20; i++) {
      const caller = new Caller(compiled, { seed: i + 1 });
      const said = caller.say(`\x07open${String.fromCharCode(i, 9)}\x00`);
      expect([said.length, said.slice(5, 7)]).toEqual([23, '\x00\x00']);
    }
  },
);

it.each(seeds())('what is made up is no array, though every client has a number of its own (seed %i)', (seed) => {
  let number = 0;
  const given: Protocol = (dice) => [c('\x03', big(++number, 2), 'go\x00'), s('\x03key', dice.bytes(4), '\x00')];
  expect(kindsOf(learnOne(speak(given, 60, seed)))).not.toContain('cells');
});
