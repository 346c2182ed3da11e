/** The clock: what is written in any format is found and read back to what the format can tell. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, toLatin1 } from '../bytes/bytes.js';
import {
  COUNT_FORMATS,
  TEXT_FORMATS,
  findTimes,
  isCoarse,
  mayTellTime,
  readCount,
  writeTime,
  type ClockFormat,
} from './clock.js';

const SECOND = 1000;
const MINUTE = 60_000;
const DAY = 86_400_000;
const FIRST = Date.UTC(1971, 0, 1);
const LAST = Date.UTC(2100, 0, 1) - 1;
const times = fc.integer({ min: FIRST, max: LAST });

/** What is left of a time in a format: whole seconds, or milliseconds. */
const exact = (format: ClockFormat, time: number): number =>
  format.includes('SSS') || / ms | us |64/.test(format) ? time : toThe(isCoarse(format) ? MINUTE : SECOND, time);
const toThe = (unit: number, time: number): number => Math.floor(time / unit) * unit;
const digits = (bytes: Uint8Array): string => toLatin1(bytes);

describe.each(TEXT_FORMATS)('the text %s', (format) => {
  it('is found where it was written, and is the time that was written', () => {
    fc.assert(
      fc.property(
        times,
        fc.constantFrom('', 'it is ', '<'),
        fc.constantFrom('', ' now', ']', 'Z'),
        (time, before, behind) => {
          const text = toLatin1(writeTime(format, time));
          // a format without a year or a date is read by the day at which it was seen
          const seen = findTimes(format, `${before}${text}${behind}`, time);
          expect(mayTellTime(`${before}${text}${behind}`)).toBe(true);
          expect(seen).toContainEqual({
            from: before.length,
            to: before.length + text.length,
            time: exact(format, time),
          });
        },
      ),
    );
  });

  it('is not found in other text', () => {
    for (const text of ['', 'no time at all', '12', '::', 'Mon', '99/99/9999'])
      expect(findTimes(format, text, 0)).toEqual([]);
  });
});

describe('a time with seconds', () => {
  it('is none that is told to the minute', () => {
    expect(findTimes('dd N yyyy HH:mm', 'Sun, 22 Nov 2026 03:41:29 GMT', 0)).toEqual([]);
    expect(findTimes('dd N yyyy HH:mm', 'Sun, 22 Nov 2026 03:41 GMT', 0)).toHaveLength(1);
  });
});

describe('a time of day without a date', () => {
  it('is the one that is nearest to when it was seen', () => {
    const midnight = Date.UTC(2024, 5, 2);
    expect(findTimes('HH:mm:ss', '23:59:58', midnight)[0]?.time).toBe(midnight - 2000);
    expect(findTimes('HH:mm:ss', '00:00:02', midnight - 1000)[0]?.time).toBe(midnight + 2000);
  });
});

describe('a date without a year', () => {
  it.each(['N dd HH:mm:ss', 'N _d HH:mm:ss'] as const)(
    '%s is the one that is nearest to when it was seen',
    (format) => {
      const newYear = Date.UTC(2025, 0, 1);
      const text = toLatin1(writeTime(format, newYear - 2000));
      expect(findTimes(format, text, newYear + 1000)[0]?.time).toBe(newYear - 2000);
      expect(findTimes(format, toLatin1(writeTime(format, newYear)), newYear - 1000)[0]?.time).toBe(newYear);
    },
  );
});

describe.each(COUNT_FORMATS)('the count %s', (format) => {
  // ten and thirteen digits: from September 2001 on
  const digits = format.endsWith('text') ? fc.integer({ min: 1_000_000_000_000, max: LAST }) : times;
  // two digits of a year: a hundred of them
  const years = fc.integer({ min: Date.UTC(1980, 0, 1), max: Date.UTC(2079, 11, 31) });
  const range = format.startsWith('packed') ? years : digits;

  it('is read where it was written, and is the time that was written', () => {
    fc.assert(
      fc.property(range, fc.uint8Array({ maxLength: 4 }), (time, before) => {
        const bytes = writeTime(format, time);
        const seen = readCount(format, concat([before, bytes, fromLatin1('.')]), before.length);
        expect(seen).toMatchObject({ from: before.length, to: before.length + bytes.length });
        expect(Math.abs((seen?.time ?? NaN) - exact(format, time))).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is read from any bytes without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.integer({ min: -3, max: 25 }), (bytes, at) => {
        const seen = readCount(format, bytes, at);
        if (seen) expect(seen.to).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});

describe('the clock in the words of its formats', () => {
  const time = Date.UTC(2024, 1, 3, 4, 5, 6, 78);

  it.each([
    ['E, dd N yyyy HH:mm:ss', 'Sat, 03 Feb 2024 04:05:06'],
    ['E, d N yyyy HH:mm:ss', 'Sat, 3 Feb 2024 04:05:06'],
    ['E N _d HH:mm:ss yyyy', 'Sat Feb  3 04:05:06 2024'],
    ['yyyy-MM-ddTHH:mm:ss.SSS', '2024-02-03T04:05:06.078'],
    ['dd/N/yyyy:HH:mm:ss', '03/Feb/2024:04:05:06'],
    ['yyyyMMddHHmmss', '20240203040506'],
    ['N _d HH:mm:ss', 'Feb  3 04:05:06'],
    ['HH:mm:ss', '04:05:06'],
    ['epoch s text', '1706933106'],
    ['epoch ms text', '1706933106078'],
  ] as const)('%s is %s', (format, text) => {
    expect(digits(writeTime(format, time))).toBe(text);
  });

  it('is of a calendar in digits, two in a byte', () => {
    expect([...writeTime('packed yyMMddHHmmss', time)]).toEqual([0x24, 0x02, 0x03, 0x04, 0x05, 0x06]);
    expect(readCount('packed yyMMddHHmmss', Uint8Array.of(0x24, 0x13, 0x03, 0x04, 0x05, 0x06), 0)).toBeNull();
    expect(readCount('packed yyMMddHHmmss', Uint8Array.of(0x24, 0x02, 0x0a, 0x04, 0x05, 0x06), 0)).toBeNull();
  });

  it('counts from 1900 and from 1601 where those are the epochs', () => {
    const view = (format: ClockFormat, at: number) => {
      const bytes = writeTime(format, at);
      return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    };
    expect(view('ntp be64', 0).getUint32(0)).toBe(2_208_988_800);
    expect(view('filetime le64', 0).getBigUint64(0, true)).toBe(116_444_736_000_000_000n);
  });

  it('is written for any number without throwing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TEXT_FORMATS, ...COUNT_FORMATS), fc.double(), (format, when) => {
        expect(writeTime(format, when)).toBeInstanceOf(Uint8Array);
      }),
    );
  });

  it('is told in two formats of one day alike', () => {
    expect(findTimes('yyyy-MM-dd HH:mm:ss', '2024-02-03 04:05:06', time + DAY)[0]?.time).toBe(exact('HH:mm:ss', time));
  });
});
