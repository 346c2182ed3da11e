/** Rules in words, as `words.ts` has the parts that they are made of. */
import type { PortCodec } from '../capture/types.js';
import type {
  Checksum,
  Covered,
  CellRun,
  Cells,
  Digest,
  Lookup,
  Part,
  NumberAt,
  NumberCodec,
  Piece,
  Recoding,
  Rule,
  Transform,
  Way,
} from './types.js';
import { SHOWN, bytesText, codecText, formText, plain, quoted, rangeText } from './number-words.js';
import { either, spanText, choiceLines } from './words.js';

function transformText(transform: Transform): string {
  switch (transform.kind) {
    case 'copy':
      return '';
    case 'upper':
      return ' in upper case';
    case 'lower':
      return ' in lower case';
    default:
      return ` as ${plain(transform)}`;
  }
}

/** A checksum or a hash of a part of a message. */
function digestText(digest: Digest, part: string): string {
  if (digest.of === 'checksum') return `${checksumText(digest.how)} of ${part}, written as ${codecText(digest.write)}`;
  return `the ${digest.name} of ${part}${digest.how ? `, ${recodingText(digest.how)}` : ''}`;
}

function recodingText(how: Recoding): string {
  switch (how.kind) {
    case 'hex':
      return `in ${how.upper ? 'upper-case ' : ''}hexadecimal digits`;
    case 'from hex':
      return 'read as hexadecimal digits';
    case 'base64':
      return `in ${how.url ? 'URL-safe ' : ''}base64${how.pad ? '' : ' without padding'}`;
    case 'from base64':
      return 'read as base64';
    case 'percent':
      return `with ${byteText(how.sign)} and two ${how.upper ? 'upper-case ' : ''}digits for all but letters, digits and ${quoted(how.keep)}${how.plus ? ', + for a space' : ''}`;
    case 'from percent':
      return `with ${byteText(how.sign)} and two digits read as a byte${how.plus ? ', + as a space' : ''}`;
    case 'escape':
      return `with ${byteText(how.by)} put before each ${quoted(how.bytes)}${how.where === 'line start' ? ' at the start of a line' : ''}`;
    case 'unescape':
      return `without the ${byteText(how.by)} before each ${quoted(how.bytes)}${how.where === 'line start' ? ' at the start of a line' : ''}`;
    case 'utf-16':
      return `in UTF-16, ${how.order}-endian`;
    case 'from utf-16':
      return `read as UTF-16, ${how.order}-endian`;
    case 'reverse':
      return 'in reverse order';
    case 'pad':
      return `padded on the ${how.side} with ${byteText(how.byte)} to ${bytesText(how.width)}`;
    case 'trim':
      return 'without the blanks around it';
    default:
      return `as ${plain(how)}`;
  }
}

export function checksumText(how: Checksum): string {
  const hex = (value: number) => value.toString(16);
  switch (how.kind) {
    case 'crc':
      return `the CRC-${how.bits} (polynomial ${hex(how.polynomial)}, from ${hex(how.start)}${how.reflected ? ', reflected' : ''}${how.xor === 0 ? '' : `, inverted by ${hex(how.xor)}`})`;
    case 'sum':
      return `the ${how.negated ? 'negated ' : ''}sum in ${bytesText(how.bits / 8)}${started(how.start)}`;
    case 'xor':
      return `the exclusive or${started(how.start)}`;
    case 'adler':
      return 'the Adler-32 checksum';
    case 'internet':
      return 'the Internet checksum';
    default:
      return plain(how);
  }
}

const started = (start = 0) => (start === 0 ? '' : ` (from ${start.toString(16)})`);

function coveredText({ digits, ...covered }: Covered): string {
  return digits ? `the bytes that hexadecimal digits stand for, of ${coveredPart(covered)}` : coveredPart(covered);
}

function coveredPart({ what, count, gap = 0 }: Covered): string {
  const but = count === 0 ? '' : ` but the first ${bytesText(count)}`;
  switch (what) {
    case 'before':
      return `all bytes before it in this answer${but}${gap === 0 ? '' : ` and the last ${bytesText(gap)}`}`;
    case 'block':
      return `the ${bytesText(count)} before it`;
    case 'behind':
      return 'all bytes behind it in this answer';
    case 'around':
      return `all bytes of this answer${but}, with zeros in its place`;
    default:
      return plain(what);
  }
}

function byteText(byte: number): string {
  return quoted(Uint8Array.of(byte));
}

function plus(add: number): string {
  return add === 0 ? '' : ` ${add > 0 ? '+' : '−'} ${Math.abs(add)}`;
}

function portText(codec: PortCodec): string {
  switch (codec.kind) {
    case 'decimal':
      return 'decimal';
    case 'pair':
      return `two decimal bytes with ${quoted(codec.between)} in between`;
    case 'binary':
      return `2 bytes, ${codec.order}-endian`;
    default:
      return plain(codec);
  }
}

function partLines({ key, contents, from, until, ends }: Part): string[] {
  const end =
    until === null
      ? 'to its end'
      : until.by === 'count'
        ? `as many bytes as ${numberText(until.number)}${plus(until.add)} says`
        : `to ${numberText(until.number)}${plus(until.add)}`;
  const start = `a part of a known content, from the offset in ${numberText(from)}, ${end}${ends ? ', and nothing behind its end' : ''}`;
  return [
    start,
    ...contents.map((c) => `  ${key ? `where ${spanText(key)} is ${quoted(c.key)}: ` : ''}${quoted(c.value)}`),
  ];
}

function cellLines({ form, index, count, last, part, tables, writers }: Cells): string[] {
  const number = typeof count === 'number' ? `${count}` : numberText(count);
  const many = last ? `up to number ${number}` : typeof count === 'number' ? number : `as many as ${number} says`;
  const written =
    form.kind === 'bit' ? `one bit each, from the ${form.first} bit of a byte on` : `each as ${codecText(form)}`;
  const start = `cells of an array from number ${numberText(index)} on, ${many}, ${written}`;
  const lines = tables.map(({ parts, runs, rest }, i) => {
    const which = part ? `where ${spanText(part)} is ${either(parts.map((p) => quoted(p)))}: ` : '';
    const more = runs.length > SHOWN_RUNS ? [`and ${runs.length - SHOWN_RUNS} more`] : [];
    const known = [...runs.slice(0, SHOWN_RUNS).map(runText), ...more, `else ${rest}`].join('; ');
    const by = writers.filter((w) => w.table === i).map((w) => w.group);
    const memory =
      by.length === 0 ? '' : `; what this client wrote there before, in a request of group ${either(by)}, goes first`;
    return `  ${which}${known}${memory}`;
  });
  return [start, ...lines];
}

function lookupLines({ choose, from, entries, rest, writers }: Lookup): string[] {
  const part = from === 'frame' ? '' : `, the first from its ${from} on`;
  const [only, ...more] = choiceLines(choose, wayText);
  const known = entries.slice(0, SHOWN_ENTRIES).map(({ key, value }) => `  ${quoted(key)}: ${quoted(value)}`);
  const hidden = entries.length > SHOWN_ENTRIES ? [`  and ${entries.length - SHOWN_ENTRIES} more`] : [];
  const last = rest ? [`  any other key: ${quoted(rest)}`] : [];
  const memory =
    writers.length === 0
      ? []
      : [`  what this client wrote there before, in a request of group ${either(writers)}, goes first`];
  const which = [only ?? '', ...more].map((line) => `  ${line}`);
  return [`records of a table by key${part}`, ...which, ...known, ...hidden, ...last, ...memory];
}

function wayText(way: Way): string {
  if (way.which === 'named') return 'those of the keys in the present request';
  const { count } = way;
  if (count === 1) return 'the next one behind each key in the present request';
  if (typeof count === 'number') return `the next ${count} behind each key in the present request`;
  return `the next ones behind each key in the present request, as many as the number (${codecText(count.codec)}) ${bytesText(count.before)} before the key says`;
}

const SHOWN_ENTRIES = 12;
const SHOWN_RUNS = 6;
const SHOWN_VALUES = 8;

function numberText({ span, codec }: NumberAt): string {
  return `${spanText(span)} (${codecText(codec)})`;
}

function runText({ from, to, values, step }: CellRun): string {
  const where = to === Number.MAX_SAFE_INTEGER ? `from ${from} on` : from === to ? `${from}` : `${from} to ${to}`;
  const shown = values.slice(0, SHOWN_VALUES).join(', ') + (values.length > SHOWN_VALUES ? ', …' : '');
  if (step !== 0) return `${where}: ${shown}, then ${step > 0 ? `${step} more` : `${-step} less`} each time`;
  return `${where}: ${shown}${values.length > 1 && to - from >= values.length ? ', again and again' : ''}`;
}

/** What a rule makes. */
export function ruleLines(rule: Rule): string[] {
  switch (rule.kind) {
    case 'cells':
      return cellLines(rule);
    case 'lookup':
      return lookupLines(rule);
    case 'part':
      return partLines(rule);
    case 'choice':
      return [
        'one of the values seen:',
        ...choiceLines(rule.choose, (value) => quoted(value)).map((line) => `  ${line}`),
      ];
    default:
      return [ruleText(rule)];
  }
}

type InOneLine = Exclude<Rule, { kind: 'cells' | 'lookup' | 'part' | 'choice' }>;

/** A rule of which one line tells all. */
function ruleText(rule: InOneLine): string {
  switch (rule.kind) {
    case 'copy':
      return `a copy of ${spanText(rule.span)}${transformText(rule.transform)}`;
    case 'transform':
      return `${spanText(rule.span)}, ${recodingText(rule.how)}`;
    case 'masked':
      return `${spanText(rule.span)}, exclusive-or’d with ${rule.by instanceof Uint8Array ? quoted(rule.by) : spanText(rule.by)}`;
    case 'padding':
      return `${quoted(Uint8Array.of(rule.byte))} as often as what is before it lacks of a multiple of ${rule.multiple}${plus(rule.add)}`;
    case 'checksum':
      return `${checksumText(rule.how)} of ${coveredText(rule.covered)}, written as ${codecText(rule.write)}`;
    case 'digest':
      return digestText(rule.digest, spanText(rule.span));
    case 'made up':
      return madeUpText(rule);
    case 'clock':
      return `${rule.again ? 'the same time again' : rule.hold === undefined ? 'the time now' : `the time now, which stands still for ${Math.round(rule.hold)} ms each time,`} as ${rule.format}${aheadText(rule.offset)}`;
    case 'ticks':
      return `a count of ${rule.rate} a second since ${dayText(rule.zero)}, written as ${codecText(rule.write)}`;
    case 'port':
      return `the port at which the data session is awaited, written as ${portText(rule.write)}`;
    case 'fill': {
      const counts = rule.counts.map((count) => `the number in ${numberText(count)}`).join(' times ');
      return `${quoted(rule.unit)} again and again, ${bytesText(rule.scale)} times ${counts}`;
    }
    case 'number':
    case 'sum':
    case 'length':
    case 'size':
    case 'count':
      return amountText(rule);
    default:
      return plain(rule);
  }
}

/** A number, and how it is written. */
function amountText(rule: Extract<Rule, { kind: 'number' | 'sum' | 'length' | 'size' | 'count' }>): string {
  const written = (codec: NumberCodec): string => `, written as ${codecText(codec)}`;
  switch (rule.kind) {
    case 'number':
      return `the number in ${spanText(rule.span)} (${codecText(rule.read)})${plus(rule.add)}${written(rule.write)}`;
    case 'sum':
      return `the number in ${spanText(rule.span)} ${rule.sign === 1 ? 'plus' : 'minus'} the one in ${spanText(rule.other)}${written(rule.codec ?? { kind: 'decimal', pad: 0 })}`;
    case 'length':
      return `the length of pieces ${rule.from} to ${rule.to} of this answer${plus(rule.add)}${written(rule.write)}`;
    case 'size':
      return `the length of ${spanText(rule.span)}${rule.how ? ` (${recodingText(rule.how)})` : ''}${plus(rule.add)}${written(rule.write)}`;
    case 'count':
      return `how often ${quoted(rule.bytes)} is in ${spanText(rule.span)}${plus(rule.add)}${written(rule.write)}`;
  }
}

function madeUpText(rule: Extract<Rule, { kind: 'made up' }>): string {
  const otherwise = rule.within ? `, written as ${codecText(rule.within.codec)}` : '';
  if (rule.again !== undefined)
    return rule.add === undefined
      ? `the same fresh value as piece ${rule.again}`
      : `the fresh number of piece ${rule.again}${plus(rule.add) || otherwise}`;
  if (rule.within)
    return `a fresh number${rule.hold === undefined ? '' : `, every ${Math.round(rule.hold)} ms,`} from ${rangeText(rule.within)}`;
  return `a fresh value of ${rule.min === rule.max ? bytesText(rule.min) : `${rule.min} to ${bytesText(rule.max)}`} from ${quoted(rule.alphabet)}${formText(rule.form)}`;
}

/** A day, or the milliseconds of a time that no calendar holds. */
function dayText(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? `${time} ms` : date.toISOString();
}

function aheadText(offset: number): string {
  return offset === 0 ? '' : `, ${Math.abs(offset) / 1000} s ${offset > 0 ? 'ahead of' : 'behind'} UTC`;
}

/** A piece of an answer, and how well it is founded. */
export function pieceLines(piece: Piece): string[] {
  if (piece.kind === 'literal') return [quoted(piece.bytes, 4 * SHOWN)];
  const [first = '', ...rest] = ruleLines(piece.rule);
  return [`${first} — as in ${quoted(piece.example)}; explains ${piece.support} of ${piece.samples} samples`, ...rest];
}
