/**
 * The time in the formats in which servers write it: texts made of fields, seconds and milliseconds
 * since 1970, and the binary forms of NTP and of Windows. All in UTC; a zone is an offset of its own.
 */

/**
 * Text formats, the more telling ones first: E weekday, W the same in full, N month's name, U the same in capitals,
 * hh and h hours up to twelve with `a` behind, the rest as usual; `_d` is padded with a space. The last ones tell no
 * seconds.
 */
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
  'MM/dd/yyyy hh:mm:ss a',
  'M/d/yyyy h:mm:ss a',
  'dd-U-yyyy HH:mm:ss',
  'yyMMddHHmmss',
  'U dd, yyyy hh:mm a',
  'U d, yyyy h:mm a',
  'N dd, yyyy hh:mm a',
  'N d, yyyy h:mm a',
  'MM/dd/yyyy hh:mm a',
  'M/d/yyyy h:mm a',
  'yyyy-MM-dd HH:mm',
  'yyyy/MM/dd HH:mm',
  'dd.MM.yyyy HH:mm',
  'MM/dd/yyyy HH:mm',
  'dd/MM/yyyy HH:mm',
  'dd-N-yyyy HH:mm',
  'dd N yyyy HH:mm',
  'yyMMddHHmm',
] as const;

/** Binary and number formats: what they count, since when. */
export const COUNT_FORMATS = [
  'epoch us text',
  'epoch ms text',
  'epoch s text',
  'filetime le64',
  'filetime be64',
  'epoch us be64',
  'epoch us le64',
  'epoch ms be64',
  'epoch ms le64',
  'ntp be64',
  'epoch ms be48',
  'epoch ms le48',
  'epoch be32',
  'epoch le32',
  'ntp be32',
  'epoch s varint',
  'epoch ms varint',
  'packed yyMMddHHmmss',
] as const;

export type ClockFormat = (typeof TEXT_FORMATS)[number] | (typeof COUNT_FORMATS)[number];

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const FULL_DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const CAPITALS = MONTHS.map((month) => month.toUpperCase());
const FIELDS = /yyyy|yy|MM|dd|_d|HH|hh|mm|ss|SSS|[EWNUMdha]/g;
const PATTERNS: Readonly<Record<string, string>> = {
  yyyy: '(\\d{4})',
  yy: '(\\d\\d)',
  MM: '(\\d\\d)',
  M: '(\\d{1,2})',
  dd: '(\\d\\d)',
  _d: '([ \\d]\\d)',
  d: '(\\d{1,2})',
  HH: '(\\d\\d)',
  hh: '(0[1-9]|1[0-2])',
  h: '([1-9]|1[0-2])',
  a: '(AM|PM)',
  mm: '(\\d\\d)',
  ss: '(\\d\\d)',
  SSS: '(\\d{3})',
  E: `(${DAYS.join('|')})`,
  W: `(${FULL_DAYS.join('|')})`,
  N: `(${MONTHS.join('|')})`,
  U: `(${CAPITALS.join('|')})`,
};
/** The same where nothing stands between the fields: any digits would be a time. */
const CLOSE: Readonly<Record<string, string>> = {
  ...PATTERNS,
  MM: '(0[1-9]|1[0-2])',
  dd: '(0[1-9]|[12]\\d|3[01])',
  HH: '([01]\\d|2[0-3])',
  mm: '([0-5]\\d)',
  ss: '([0-5]\\d)',
};

const HALF_A_DAY = 12;

function isClose(format: string): boolean {
  return /^(?:yy|MM|dd|HH|mm|ss)+$/.test(format) && !format.startsWith('yyyy');
}

interface TextFormat {
  readonly fields: readonly string[];
  readonly pattern: RegExp;
}

const texts = new Map<string, TextFormat>(
  TEXT_FORMATS.map((format) => {
    const patterns = isClose(format) ? CLOSE : PATTERNS;
    const source = format.replace(/[.]/g, '\\.').replace(FIELDS, (field) => patterns[field] ?? field);
    // a time with seconds is none that was told to the minute
    const behind = isCoarse(format) ? '(?!:\\d)' : '';
    // other digits may stand right before a time in digits alone: it is looked for at each of them
    const pattern = new RegExp(isClose(format) ? `(?=(${source}))` : `(${source})${behind}`, 'g');
    return [format, { fields: format.match(FIELDS) ?? [], pattern }];
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

/** What every text format has: a point between hours and minutes, or very many digits. */
const TELLING = /\d:\d\d|\d{10}|\d{8}T\d{6}/;

/** Whether a text may hold a time at all. */
export function mayTellTime(text: string): boolean {
  return TELLING.test(text);
}

/** Times of this text format in a text (one character for each byte). */
export function findTimes(format: (typeof TEXT_FORMATS)[number], text: string, near: number): Seen[] {
  const { fields, pattern } = texts.get(format) ?? { fields: [], pattern: /$^/g };
  const seen: Seen[] = [];
  for (const match of text.matchAll(pattern)) {
    const [, whole = '', ...values] = match;
    const time = toTime(fields, values, near);
    if (!Number.isNaN(time)) seen.push({ from: match.index, to: match.index + whole.length, time });
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
  const name = field('N') ?? field('U');
  const months = field('U') === undefined ? MONTHS : CAPITALS;
  const month = name === undefined ? number(field('MM', 'M'), today.getUTCMonth() + 1) - 1 : months.indexOf(name);
  const day = number(field('dd', 'd', '_d'), today.getUTCDate());
  const short = field('yy');
  const year = short === undefined ? number(field('yyyy'), today.getUTCFullYear()) : nearestYear(Number(short), today);
  const half = field('a') === 'PM' ? HALF_A_DAY : 0;
  const hour = half + (number(field('HH', 'hh', 'h'), 0) % (field('a') === undefined ? 24 : HALF_A_DAY));
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

/** The year of two digits that is closest to a day. */
function nearestYear(short: number, day: Date): number {
  return short + 100 * Math.round((day.getUTCFullYear() - short) / 100);
}

/** How a number counts the time: what it reads at `epoch` is nothing, and it grows by `ticks` in `per` milliseconds. */
interface Count {
  readonly width: number;
  readonly little?: boolean;
  /** Seven bits a byte, the least significant first. */
  readonly seven?: boolean;
  readonly epoch: number;
  readonly ticks: bigint;
  readonly per: bigint;
  /** Counts from 1900 in 32 bits begin anew in 2036 (RFC 4330, section 3). */
  readonly era?: bigint;
}

const SECONDS = { epoch: 0, ticks: 1n, per: 1000n };
const MILLISECONDS = { epoch: 0, ticks: 1n, per: 1n };
const MICROSECONDS = { epoch: 0, ticks: 1000n, per: 1n };
const FILETIME = { epoch: WINDOWS, ticks: 10_000n, per: 1n };

const COUNTS: Readonly<Record<string, Count>> = {
  'filetime le64': { width: 8, little: true, ...FILETIME },
  'filetime be64': { width: 8, ...FILETIME },
  'epoch us be64': { width: 8, ...MICROSECONDS },
  'epoch us le64': { width: 8, little: true, ...MICROSECONDS },
  'epoch ms be64': { width: 8, ...MILLISECONDS },
  'epoch ms le64': { width: 8, little: true, ...MILLISECONDS },
  'ntp be64': { width: 8, epoch: NTP, ticks: 1n << 32n, per: 1000n, era: 1n << 64n },
  'epoch ms be48': { width: 6, ...MILLISECONDS },
  'epoch ms le48': { width: 6, little: true, ...MILLISECONDS },
  'epoch be32': { width: 4, ...SECONDS },
  'epoch le32': { width: 4, little: true, ...SECONDS },
  'ntp be32': { width: 4, epoch: NTP, ticks: 1n, per: 1000n, era: 1n << 32n },
  // as wide as this from 1978 to 3058, and to 2109
  'epoch s varint': { width: 5, little: true, seven: true, ...SECONDS },
  'epoch ms varint': { width: 6, little: true, seven: true, ...MILLISECONDS },
};

/** The first of the eight bits, where the other seven are the number's: more follow. */
const MORE = 128;

/** Digits of the number formats, and the milliseconds that one counts. */
const DIGITS: Readonly<Record<string, { readonly width: number; readonly unit: number }>> = {
  'epoch us text': { width: 16, unit: 1e-3 },
  'epoch ms text': { width: 13, unit: 1 },
  'epoch s text': { width: 10, unit: 1000 },
};

/** Of a calendar in decimal digits, two in a byte. */
const PACKED = 'packed yyMMddHHmmss';
const PACKED_WIDTH = 6;
/** Years below this one are of this century. */
const CENTURY = 80;

/** A time in packed digits at `at`; null where a digit or a date is none. */
function readPacked(bytes: Uint8Array, at: number): Seen | null {
  const parts = [...bytes.subarray(at, at + PACKED_WIDTH)];
  if (parts.length < PACKED_WIDTH || parts.some((byte) => byte >> 4 > 9 || (byte & 15) > 9)) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map((b) => 10 * (b >> 4) + (b & 15));
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return null;
  const time = Date.UTC(year + (year < CENTURY ? 2000 : 1900), month - 1, day, hour, minute, second);
  return { from: at, to: at + PACKED_WIDTH, time };
}

function writePacked(date: Date): Uint8Array {
  const digits = writeText('yyMMddHHmmss', date);
  return Uint8Array.from({ length: PACKED_WIDTH }, (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16) || 0);
}

/** Whether a format tells no seconds: whoever asks again soon is told the same. */
export function isCoarse(format: ClockFormat): boolean {
  return /mm(?: a)?$/.test(format);
}

/** Whether a format tells microseconds or less: no two moments are written alike. */
export function isExact(format: ClockFormat): boolean {
  const { ticks, per } = COUNTS[format] ?? SECONDS;
  return ticks >= 1000n * per;
}

/** The time in bytes at `at`, in a count format; null when there are too few bytes or digits. */
export function readCount(format: (typeof COUNT_FORMATS)[number], bytes: Uint8Array, at: number): Seen | null {
  if (at >= 0 && format === PACKED) return readPacked(bytes, at);
  const count = COUNTS[format];
  const digits = DIGITS[format];
  const width = count?.width ?? digits?.width ?? 0;
  if (at < 0 || at + width > bytes.length) return null;
  const seen = (time: number): Seen => ({ from: at, to: at + width, time });
  if (count?.seven && !goesOn(bytes, at, width)) return null;
  if (count) return seen(timeOf(count, bytes, at));
  if (!digits || !bytes.subarray(at, at + width).every((byte) => byte >= 0x30 && byte <= 0x39)) return null;
  let number = 0;
  for (let i = at; i < at + width; i++) number = number * 10 + (bytes[i] ?? 0) - 0x30;
  return seen(number * digits.unit);
}

/** Whether bytes are one number in seven bits each: all but the last say that more follow. */
function goesOn(bytes: Uint8Array, at: number, width: number): boolean {
  for (let i = 0; i < width; i++) if ((bytes[at + i] ?? 0) >= MORE !== i < width - 1) return false;
  return true;
}

function timeOf({ width, little, seven, epoch, ticks, per, era }: Count, bytes: Uint8Array, at: number): number {
  let number = 0;
  const size = seven ? MORE : 256;
  for (let i = 0; i < width; i++) number = number * size + ((bytes[little ? at + width - 1 - i : at + i] ?? 0) % size);
  // what would be before 1968 is of the next era
  if (era !== undefined && number < Number(era) / 2) number += Number(era);
  return epoch + (number * Number(per)) / Number(ticks);
}

/**
 * A time written in a format. Unix milliseconds do not tell all that the finest formats hold; `rest`,
 * 0 to 1, is the part of a microsecond that they then show.
 */
export function writeTime(format: ClockFormat, time: number, rest = 0): Uint8Array {
  const known = Number.isFinite(time) ? Math.min(Math.max(time, -MOST_TIME), MOST_TIME) : 0;
  const count = COUNTS[format];
  if (count) return writeCount(count, known, rest);
  if (format === PACKED) return writePacked(new Date(known));
  const digits = DIGITS[format];
  return text(digits ? String(Math.max(0, Math.floor(known / digits.unit))) : writeText(format, new Date(time)));
}

/** When a clock moved last that stands still for so many milliseconds each time: whoever asks meanwhile is told the same. */
export function lastMove(now: number, hold: number): number {
  return hold > 0 ? Math.floor(now / hold) * hold : now;
}

/** What a calendar holds. */
const MOST_TIME = 8.64e15;

function sevenBits(number: bigint, i: number): number {
  return Number((number >> BigInt(7 * i)) & 0x7fn);
}

function writeCount({ width, little, seven, epoch, ticks, per }: Count, time: number, rest: number): Uint8Array {
  const whole = Math.floor(time);
  const part = Math.floor(((time - whole + rest / 1000) * Number(ticks)) / Number(per));
  const number = (BigInt(whole - epoch) * ticks) / per + BigInt(part);
  if (seven) return Uint8Array.from({ length: width }, (_, i) => sevenBits(number, i) + (i < width - 1 ? MORE : 0));
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(8 * width, number));
  const written = bytes.subarray(8 - width);
  return little ? written.reverse() : written;
}

function text(characters: string): Uint8Array {
  return Uint8Array.from(characters, (c) => c.charCodeAt(0));
}

/** The hour as it is told by clocks of twelve. */
function ofTwelve(date: Date): number {
  return date.getUTCHours() % HALF_A_DAY || HALF_A_DAY;
}

function writeText(format: string, date: Date): string {
  const pad = (value: number, width: number, fill = '0') => String(value).padStart(width, fill);
  const fields: Readonly<Record<string, () => string>> = {
    yyyy: () => pad(date.getUTCFullYear(), 4),
    MM: () => pad(date.getUTCMonth() + 1, 2),
    M: () => String(date.getUTCMonth() + 1),
    dd: () => pad(date.getUTCDate(), 2),
    _d: () => pad(date.getUTCDate(), 2, ' '),
    d: () => String(date.getUTCDate()),
    HH: () => pad(date.getUTCHours(), 2),
    hh: () => pad(ofTwelve(date), 2),
    h: () => String(ofTwelve(date)),
    a: () => (date.getUTCHours() < HALF_A_DAY ? 'AM' : 'PM'),
    mm: () => pad(date.getUTCMinutes(), 2),
    ss: () => pad(date.getUTCSeconds(), 2),
    SSS: () => pad(date.getUTCMilliseconds(), 3),
    yy: () => pad(date.getUTCFullYear() % 100, 2),
    W: () => FULL_DAYS[date.getUTCDay()] ?? '',
    E: () => DAYS[date.getUTCDay()] ?? '',
    N: () => MONTHS[date.getUTCMonth()] ?? '',
    U: () => CAPITALS[date.getUTCMonth()] ?? '',
  };
  return format.replace(FIELDS, (field) => fields[field]?.() ?? field);
}
