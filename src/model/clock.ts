/**
 * The time in the formats in which servers write it: texts made of fields, seconds and milliseconds
 * since 1970, and the binary forms of NTP and of Windows. All in UTC; a zone is an offset of its own.
 */

/** Text formats, the more telling ones first: E weekday, W the same in full, N month's name, the rest as usual; `_d` is padded with a space. */
export const TEXT_FORMATS = [
  'E, dd N yyyy HH:mm:ss',
  'E, d N yyyy HH:mm:ss',
  'W, dd-N-yy HH:mm:ss',
  'E N dd HH:mm:ss yyyy',
  'E N _d HH:mm:ss yyyy',
  'E N dd yyyy HH:mm:ss',
  'yyyy-MM-ddTHH:mm:ss.SSS',
  'yyyy-MM-ddTHH:mm:ss',
  'yyyy-MM-dd HH:mm:ss.SSS',
  'yyyy-MM-dd HH:mm:ss',
  'yyyy/MM/dd HH:mm:ss',
  'dd/N/yyyy:HH:mm:ss',
  'dd N yyyy HH:mm:ss',
  'dd-N-yyyy HH:mm:ss',
  'MM/dd/yyyy HH:mm:ss',
  'dd.MM.yyyy HH:mm:ss',
  'yyyyMMddTHHmmss',
  'yyyyMMddHHmmss',
  'N dd HH:mm:ss',
  'N _d HH:mm:ss',
  'HH:mm:ss.SSS',
  'HH:mm:ss',
] as const;

/** Binary and number formats: what they count, since when. */
export const COUNT_FORMATS = [
  'epoch ms text',
  'epoch s text',
  'filetime le64',
  'filetime be64',
  'epoch ms be64',
  'ntp be64',
  'epoch be32',
  'epoch le32',
] as const;

export type ClockFormat = (typeof TEXT_FORMATS)[number] | (typeof COUNT_FORMATS)[number];

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const FULL_DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const FIELDS = /yyyy|yy|MM|dd|_d|HH|mm|ss|SSS|[EWN]|d/g;
const PATTERNS: Readonly<Record<string, string>> = {
  yyyy: '(\\d{4})',
  yy: '(\\d\\d)',
  MM: '(\\d\\d)',
  dd: '(\\d\\d)',
  _d: '([ \\d]\\d)',
  d: '(\\d{1,2})',
  HH: '(\\d\\d)',
  mm: '(\\d\\d)',
  ss: '(\\d\\d)',
  SSS: '(\\d{3})',
  E: `(${DAYS.join('|')})`,
  W: `(${FULL_DAYS.join('|')})`,
  N: `(${MONTHS.join('|')})`,
};

interface TextFormat {
  readonly fields: readonly string[];
  readonly pattern: RegExp;
}

const texts = new Map<string, TextFormat>(
  TEXT_FORMATS.map((format) => {
    const source = format.replace(/[.]/g, '\\.').replace(FIELDS, (field) => PATTERNS[field] ?? field);
    return [format, { fields: format.match(FIELDS) ?? [], pattern: new RegExp(source, 'g') }];
  }),
);

/** Unix milliseconds of the Windows and NTP epochs. */
const WINDOWS = -11_644_473_600_000;
const NTP = -2_208_988_800_000;

export interface Seen {
  readonly from: number;
  readonly to: number;
  /** Unix milliseconds, as UTC; formats without a date give the time of `near`'s day that is closest to it. */
  readonly time: number;
}

/** Times of this text format in a text (one character for each byte). */
export function findTimes(format: (typeof TEXT_FORMATS)[number], text: string, near: number): Seen[] {
  const { fields, pattern } = texts.get(format) ?? { fields: [], pattern: /$^/g };
  const seen: Seen[] = [];
  for (const match of text.matchAll(pattern)) {
    const time = toTime(fields, match.slice(1), near);
    if (!Number.isNaN(time)) seen.push({ from: match.index, to: match.index + match[0].length, time });
  }
  return seen;
}

function toTime(fields: readonly string[], values: readonly string[], near: number): number {
  const field = (...names: string[]) => {
    const i = fields.findIndex((f) => names.includes(f));
    return i < 0 ? undefined : values[i];
  };
  const today = new Date(near);
  const number = (text: string | undefined, otherwise: number) => (text === undefined ? otherwise : Number(text));
  const name = field('N');
  const month = name === undefined ? number(field('MM'), today.getUTCMonth() + 1) - 1 : MONTHS.indexOf(name);
  const day = number(field('dd', 'd', '_d'), today.getUTCDate());
  const short = field('yy');
  const year = short === undefined ? number(field('yyyy'), today.getUTCFullYear()) : nearestYear(Number(short), today);
  const hour = number(field('HH'), 0);
  const inYear = (y: number) =>
    Date.UTC(y, month, day, hour, number(field('mm'), 0), number(field('ss'), 0), number(field('SSS'), 0));
  const time = inYear(year);
  if (field('yyyy', 'yy') !== undefined) return time;
  if (name !== undefined) {
    const far = (t: number) => Math.abs(t - near);
    return [inYear(year - 1), inYear(year + 1)].reduce((best, t) => (far(t) < far(best) ? t : best), time);
  }
  const off = Math.round((near - time) / 86_400_000);
  return time + off * 86_400_000;
}

const TEXT_WIDTHS: Readonly<Record<string, number>> = { 'epoch s text': 10, 'epoch ms text': 13 };

/** The year of two digits that is closest to a day. */
function nearestYear(short: number, day: Date): number {
  return short + 100 * Math.round((day.getUTCFullYear() - short) / 100);
}

/** The time in bytes at `at`, in a count format; null when there are too few bytes or digits. */
export function readCount(format: (typeof COUNT_FORMATS)[number], bytes: Uint8Array, at: number): Seen | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = format.endsWith('64') ? 8 : format.endsWith('32') ? 4 : (TEXT_WIDTHS[format] ?? 13);
  if (at < 0 || at + width > bytes.length) return null;
  const seen = (time: number): Seen => ({ from: at, to: at + width, time });
  switch (format) {
    case 'epoch be32':
      return seen(view.getUint32(at) * 1000);
    case 'epoch le32':
      return seen(view.getUint32(at, true) * 1000);
    case 'ntp be64':
      return seen(NTP + (ntpSeconds(view.getUint32(at)) + view.getUint32(at + 4) / 2 ** 32) * 1000);
    case 'filetime le64':
      return seen(WINDOWS + (view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true)) / 10_000);
    case 'filetime be64':
      return seen(WINDOWS + (view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4)) / 10_000);
    case 'epoch ms be64':
      return seen(view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4));
    default: {
      const text = Array.from(bytes.subarray(at, at + width), (b) => String.fromCharCode(b)).join('');
      return /^\d+$/.test(text) ? seen(Number(text) * 10 ** (13 - width)) : null;
    }
  }
}

/** NTP counts in 32 bits: what would be before 1968 is of the era that begins in 2036 (RFC 4330, section 3). */
function ntpSeconds(count: number): number {
  return count < 2 ** 31 ? count + 2 ** 32 : count;
}

/** A time written in a format. */
export function writeTime(format: ClockFormat, time: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  switch (format) {
    case 'epoch be32':
      view.setUint32(0, Math.floor(time / 1000));
      return bytes.subarray(0, 4);
    case 'epoch le32':
      view.setUint32(0, Math.floor(time / 1000), true);
      return bytes.subarray(0, 4);
    case 'ntp be64': {
      const seconds = (time - NTP) / 1000;
      view.setUint32(0, Math.floor(seconds));
      view.setUint32(4, Math.floor((seconds % 1) * 2 ** 32));
      return bytes;
    }
    case 'filetime le64': {
      const ticks = Math.floor((time - WINDOWS) * 10_000);
      view.setUint32(0, ticks % 2 ** 32, true);
      view.setUint32(4, Math.floor(ticks / 2 ** 32), true);
      return bytes;
    }
    case 'filetime be64': {
      const ticks = Math.floor((time - WINDOWS) * 10_000);
      view.setUint32(0, Math.floor(ticks / 2 ** 32));
      view.setUint32(4, ticks % 2 ** 32);
      return bytes;
    }
    case 'epoch ms be64': {
      view.setUint32(0, Math.floor(time / 2 ** 32));
      view.setUint32(4, Math.floor(time) % 2 ** 32);
      return bytes;
    }
    case 'epoch s text':
      return text(String(Math.floor(time / 1000)));
    case 'epoch ms text':
      return text(String(Math.floor(time)));
    default:
      return text(writeText(format, new Date(time)));
  }
}

function text(characters: string): Uint8Array {
  return Uint8Array.from(characters, (c) => c.charCodeAt(0));
}

function writeText(format: string, date: Date): string {
  const pad = (value: number, width: number, fill = '0') => String(value).padStart(width, fill);
  const fields: Readonly<Record<string, () => string>> = {
    yyyy: () => pad(date.getUTCFullYear(), 4),
    MM: () => pad(date.getUTCMonth() + 1, 2),
    dd: () => pad(date.getUTCDate(), 2),
    _d: () => pad(date.getUTCDate(), 2, ' '),
    d: () => String(date.getUTCDate()),
    HH: () => pad(date.getUTCHours(), 2),
    mm: () => pad(date.getUTCMinutes(), 2),
    ss: () => pad(date.getUTCSeconds(), 2),
    SSS: () => pad(date.getUTCMilliseconds(), 3),
    yy: () => pad(date.getUTCFullYear() % 100, 2),
    W: () => FULL_DAYS[date.getUTCDay()] ?? '',
    E: () => DAYS[date.getUTCDay()] ?? '',
    N: () => MONTHS[date.getUTCMonth()] ?? '',
  };
  return format.replace(FIELDS, (field) => fields[field]?.() ?? field);
}
