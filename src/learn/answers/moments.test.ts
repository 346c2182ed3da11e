/** Times that stand beside something else, or that all of a short recording has nearly alike. */
import { describe, expect, it } from 'vitest';
import { EMPTY, fromLatin1 } from '../../bytes/bytes.js';
import { readCount, writeTime } from '../../model/clock.js';
import { readNumberAt, writeNumber } from '../../model/number.js';
import {
  Caller,
  c,
  learnOne,
  little,
  record,
  s,
  seeds,
  speak,
  type Dice,
  type Protocol,
} from '../../../tests/helpers/sessions.js';

describe('a date that the answer before told as well', () => {
  it('is the present one, though all of the recording was within a minute', () => {
    const date = (id: number) => new Date(1_700_000_000_000 + 1500 * id).toUTCString();
    const sessions = Array.from({ length: 12 }, (_, id) => {
      const told = (what: string) => s(`200 fine\r\nDate: ${date(id)}\r\nX: ${what}\r\n\r\n`);
      const said = [c('GET /health\r\n'), told('well'), c(`GET /name/${'abcdefghijkl'[id] ?? ''}\r\n`), told('name')];
      return record(id, said, { start: 1_700_000_000 + 1.5 * id });
    });
    const caller = new Caller(learnOne(sessions));
    caller.now += 86_400_000 * 40;
    for (const said of ['GET /health\r\n', 'GET /name/x\r\n']) {
      expect(caller.say(said)).toContain(new Date(caller.now).toUTCString().slice(0, 22));
      caller.now += 150_000;
    }
  });
});

describe('a date that the client tells as well', () => {
  it('is the present one, though all of the recording was within a minute', () => {
    const iso = (ms: number) => new Date(ms).toISOString();
    const request = (ms: number, n: number) => `move ${n % 3}/${n % 5} since ${iso(ms).slice(11)}
`;
    const sessions = Array.from({ length: 12 }, (_, id) => {
      const now = 1_700_000_002_000 + 600 * id;
      const said = [c(request(now, id)), s(`<Moved><At>${iso(now + 40).slice(0, 19)}Z</At></Moved>`)];
      return record(id, said, { start: now / 1000 });
    });
    const caller = new Caller(learnOne(sessions));
    caller.now += 86_400_000 * 40;
    const told = caller.say(request(caller.now, 3));
    expect(told).toContain(`<At>${iso(caller.now).slice(0, 16)}`);
  });
});

describe('a time behind bytes of any length that the server makes up', () => {
  it.each(seeds())('is the present one (%i)', (seed) => {
    const id = (dice: Dice) => writeNumber({ kind: 'varint' }, dice.between(2 ** 22, 2 ** 32 - 1)) ?? EMPTY;
    const service = learnOne(
      speak(
        (dice, { start }) => [
          c('MAKE\r\n'),
          s('\x08', id(dice), '\x10', writeTime('epoch s varint', 1000 * start + 40), '\x18\x07'),
        ],
        24,
        seed,
      ),
    );
    const caller = new Caller(service);
    const said = fromLatin1(caller.say('MAKE\r\n'));
    const made = readNumberAt({ kind: 'varint' }, said, 1);
    const time = readNumberAt({ kind: 'varint' }, said, 2 + (made?.width ?? 0));
    expect(made?.value).toBeGreaterThan(2 ** 20);
    expect(Math.abs((time?.value ?? 0) * 1000 - caller.now)).toBeLessThanOrEqual(1500);
    expect(said.subarray(-2)).toEqual(Uint8Array.of(0x18, 7));
  });
});

describe('a calendar in digits, two in a byte', () => {
  it.each(seeds())('is the present one (%i)', (seed) => {
    const clock: Protocol = (dice, { start }) => {
      const number = dice.bytes(2);
      const time = writeTime('packed yyMMddHHmmss', 1000 * start + 40);
      return [c('\x07\x01', number), s('\x87\x01', number, '\0\x19', time, '\x02')];
    };
    const caller = new Caller(learnOne(speak(clock, 12, seed)));
    caller.now += 86_400_000 * 45 + 7_300_000;
    const said = fromLatin1(caller.say('\x07\x01\x33\x44'));
    const told = readCount('packed yyMMddHHmmss', said, 6);
    expect(Math.abs((told?.time ?? NaN) - caller.now)).toBeLessThanOrEqual(2000);
  });
});

describe('a count of milliseconds since the server began', () => {
  it('runs on where all of the recording took a few seconds', () => {
    const born = 1_700_000_000_000;
    const sessions = Array.from({ length: 8 }, (_, id) => {
      const start = born / 1000 + 1 + id * 0.3;
      return record(id, [c('UP\r\n'), s('up ', little(start * 1000 - born, 4), '\r\n')], { start });
    });
    const service = learnOne(sessions);
    const caller = new Caller(service);
    const up = readNumberAt({ kind: 'binary', width: 4, order: 'little' }, fromLatin1(caller.say('UP\r\n')), 3);
    expect(Math.abs((up?.value ?? NaN) - ((caller.now - born) % 2 ** 32))).toBeLessThanOrEqual(50);
  });
});
