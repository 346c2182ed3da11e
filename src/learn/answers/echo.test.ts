/** Numbers that clients choose and that were the same in all of training: they come back with another value. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import {
  Caller,
  Dice,
  big,
  c,
  learnOne,
  s,
  speak,
  type Protocol,
  type Spoken,
} from '../../../tests/helpers/sessions.js';

/** A lookup: number of the request, what is asked for, length, the words. */
const ask = (number: Uint8Array, kind: number, words: string) =>
  concat([number, Uint8Array.of(0xa0, 0xb1, kind, words.length), fromLatin1(words)]);

const reply = (number: Uint8Array, kind: number, words: string) =>
  concat([number, Uint8Array.of(0x80 + kind, 0, words.length + 1), fromLatin1(`${words}!`)]);

const lookups =
  (number: Uint8Array): Protocol =>
  (dice) => {
    const words = dice.text(4, 12);
    const kind = dice.pick([1, 2]);
    return [
      c(ask(number, kind, words)),
      s(kind === 1 ? reply(number, kind, words) : concat([number, fromLatin1('\x82\x01none such')])),
    ];
  };

describe('a number that was the same in all requests', () => {
  it('comes back with the value that the client now gives it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 0, max: 65535 }), (seed, number) => {
        const service = learnOne(speak(lookups(big(seed % 7, 2)), 24, seed));
        const asked = (now: Uint8Array, kind: number) => new Caller(service).say(ask(now, kind, 'weather'));
        for (const kind of [1, 2]) {
          // which of the answers it is was learned from few requests; whatever it is, the number is its beginning
          const [known, other] = [asked(big(seed % 7, 2), kind), asked(big(number, 2), kind)];
          expect(known.length).toBeGreaterThan(2);
          expect(other).toBe(toLatin1(big(number, 2)) + known.slice(2));
        }
      }),
      { numRuns: 15 },
    );
  });

  it('comes back also where it is the only thing that all requests begin with', () => {
    for (const seed of [874983, 456808]) {
      const caller = new Caller(learnOne(speak(lookups(big(seed % 7, 2)), 24, seed)));
      expect(caller.say(ask(big(256, 2), 1, 'weather'))).toBe('\x01\0\x81\0\x08weather!');
    }
  });

  it('is said to be one that the server gives back', () => {
    const caller = new Caller(learnOne(speak(lookups(big(1, 2)), 24, 5)));
    const heard = caller.send(ask(big(0x0102, 2), 1, 'weather'));
    const notes = heard.waits ? caller.silence().notes : heard.notes;
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatchObject({ kind: 'nearest' });
    expect(JSON.stringify(notes[0])).toContain('another value in bytes 0–1, which the server gives back');
  });
});

describe('high bytes of a number that was counted up', () => {
  const numbered: Protocol = (dice) => {
    const said: Spoken[] = [];
    for (let i = 0; i < 3; i++) {
      const number = concat([Uint8Array.of(2, 0x79), Uint8Array.of(dice.between(1, 255), dice.between(1, 255))]);
      said.push(
        c(Uint8Array.of(7, 9), number, Uint8Array.of(3, 0), dice.text(4, 9)),
        s(Uint8Array.of(8, 1, 1), number, Uint8Array.of(3), 'known as somebody'),
      );
    }
    return said;
  };

  it('belong to what comes back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const dice = new Dice(seed);
        const service = learnOne(speak(numbered, 16, seed));
        const number = toLatin1(dice.bytes(4));
        expect(new Caller(service).say(`\x07\x09${number}\x03\0sigrid`)).toBe(
          `\x08\x01\x01${number}\x03known as somebody`,
        );
      }),
      { numRuns: 10 },
    );
  });
});

describe('a number between parts of any length', () => {
  it('comes back where the answer has it elsewhere', () => {
    const protocol: Protocol = (dice) => {
      const topic = dice.text(6, 14);
      const words = `${dice.text(3, 9)} ${dice.text(3, 9)}`;
      return [
        c('\x32', Uint8Array.of(topic.length), topic, big(1, 2), words, '\x00'),
        s(Uint8Array.of(0x40, 2), big(1, 2)),
      ];
    };
    const caller = new Caller(learnOne(speak(protocol, 24, 3)));
    expect(caller.say('\x32\x07garden/\x00\x01some words\x00')).toBe('@\x02\x00\x01');
    expect(caller.say('\x32\x07garden/\x00\x05some words\x00')).toBe('@\x02\x00\x05');
  });
});

describe('text', () => {
  it('stays what the server says', () => {
    const protocol: Protocol = (dice) => [c(`ask ${dice.text(4, 9)}\r\n`), s('ask me later\r\n')];
    const caller = new Caller(learnOne(speak(protocol, 20, 2)));
    expect(caller.say('ask weather\r\n')).toBe('ask me later\r\n');
    expect(caller.say('say weather\r\n')).not.toContain('say');
  });
});
