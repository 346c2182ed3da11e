/**
 * What sources, positions, spans, tests and rules mean.
 *
 * Learning asks "does this rule give what the server said?" and the emulator asks "what does this
 * rule give now?"; both ask here, so what was learned is what is done.
 */
import {
  EMPTY,
  behindBlank,
  concat,
  equal,
  exclusiveOr,
  fromLatin1,
  indexOf,
  lastIndexOf,
  occurrences,
  startsWith,
  isAlphanumeric,
} from '../bytes/bytes.js';
import { seeded } from '../bytes/random.js';
import { checksumOf, coveredBy } from './checksum.js';
import { produceCells } from './cells.js';
import { behindCounted } from './behind.js';
import { binaryAddress, binaryPort } from './binary-ends.js';
import { lastMove, writeTime } from './clock.js';
import { digestOf } from './digest.js';
import type { Context, Place, Said } from './context.js';
import { cutByLength, fieldAt } from './frames.js';
import { produceRecords } from './lookup.js';
import { padding, produceFill } from './fill.js';
import { gathered } from './gathered.js';
import { makeUp } from './made-up.js';
import { producePart } from './part.js';
import { DECIMAL, endOfVarint, readNumber, readNumberAt, writeNumber } from './number.js';
import { writePort } from './port.js';
import { isRecalled, recall } from './recall.js';
import { recode, textsInBase64 } from './recode.js';
import { saidAgain } from './said-again.js';
import type {
  Choice,
  Environment,
  LengthField,
  Piece,
  Position,
  Rule,
  Source,
  Span,
  Test,
  Transform,
} from './types.js';

export type { Context, Place, Said } from './context.js';

/** How many exchanges are looked at from either end of a session; bounds the work for each answer of a long one. */
const LOOK_BACK = 256;

/** The exchange to look at before `i`, on the way from `from` to the beginning: what lies in the middle is passed over. */
function before(i: number, from: number): number {
  return from - i < LOOK_BACK ? i - 1 : Math.min(i, LOOK_BACK) - 1;
}

/** Whether a source is the present request. */
export function isPresent(of: Source): boolean {
  return of.kind === 'request' && of.back === 0;
}

/** The message that a source names, or null when there is none in this session. */
export function resolve(source: Source, context: Context): Place | null {
  const { said, at } = context;
  switch (source.kind) {
    case 'request':
      return request(said[at - source.back]);
    case 'answer':
      return answer(said[at - source.back]);
    case 'greeting':
      return at > 0 ? answer(said[0]) : null;
    case 'decoded': {
      const of = source.group === undefined ? request(said[at]) : ofGroup(latestOf(source.group), context);
      const bytes = textsInBase64(of?.bytes ?? EMPTY);
      return bytes.length > 0 ? { bytes, edges: null } : null;
    }
    case 'group':
      return ofGroup(source, context);
    case 'environment':
      return { bytes: ofEnvironment(source, context.environment), edges: null };
    case 'recall': {
      const found = recall(source, context, take);
      return source.side === 'request' ? request(found) : answer(found);
    }
    case 'gathered': {
      const bytes = gathered(source, context, take);
      return bytes && { bytes, edges: null };
    }
    case 'register': {
      const bytes = context.registers?.[source.id];
      return bytes ? { bytes, edges: null } : null;
    }
  }
}

function request(exchange: Said | null | undefined): Place | null {
  return exchange ? { bytes: exchange.request, edges: exchange.edges } : null;
}

function answer(exchange: Said | null | undefined): Place | null {
  return exchange ? { bytes: exchange.answer, edges: null } : null;
}

const latestOf = (group: number): Source & { kind: 'group' } => ({
  kind: 'group',
  group,
  which: 'latest',
  side: 'request',
});

function ofGroup({ group, which, side }: Source & { kind: 'group' }, { said, at }: Context): Place | null {
  const pick = side === 'request' ? request : answer;
  const until = side === 'request' ? at : at - 1;
  if (which === 'first') {
    for (let i = 0; i <= Math.min(until, LOOK_BACK); i++) if (said[i]?.group === group) return pick(said[i]);
    return null;
  }
  let left = which === 'latest' ? 1 : 2;
  for (let i = until; i >= 0; i = before(i, until)) if (said[i]?.group === group && --left === 0) return pick(said[i]);
  return null;
}

const endpoints = new WeakMap<Environment, Map<string, Uint8Array>>();

function ofEnvironment({ what, binary }: Source & { kind: 'environment' }, environment: Environment): Uint8Array {
  let known = endpoints.get(environment);
  if (!known) endpoints.set(environment, (known = new Map<string, Uint8Array>()));
  const key = binary ? `${what} ${binary}` : what;
  let bytes = known.get(key);
  if (!bytes) {
    const end = what.startsWith('client') ? environment.client : environment.server;
    if (binary) bytes = what.endsWith('port') ? binaryPort(end.port, binary) : binaryAddress(end.address, binary);
    else bytes = fromLatin1(what.endsWith('port') ? String(end.port) : end.address);
    known.set(key, bytes);
  }
  return bytes;
}

/** Offset of a position in a message, or -1 when the message has no such place. */
export function locate(position: Position, place: Place): number {
  const { bytes, edges } = place;
  let at: number;
  switch (position.kind) {
    case 'start':
      at = position.offset;
      break;
    case 'end':
      at = bytes.length - position.offset;
      break;
    case 'region': {
      const edge = edges?.[position.region + (position.edge === 'end' ? 1 : 0)];
      if (edge === undefined) return -1;
      at = edge + position.offset;
      break;
    }
    case 'marker': {
      const found = occurrence(bytes, position.bytes, position.nth);
      if (found < 0) return -1;
      const edge = found + (position.edge === 'end' ? position.bytes.length : 0);
      at = (position.blank ? behindBlank(bytes, edge) : edge) + position.offset;
      break;
    }
    case 'behind': {
      const end = behindCounted(place, position);
      if (end < 0) return -1;
      at = end + position.offset;
      break;
    }
  }
  return at >= 0 && at <= bytes.length ? at : -1;
}

function occurrence(bytes: Uint8Array, marker: Uint8Array, nth: number): number {
  if (nth >= 0) {
    let at = indexOf(bytes, marker);
    for (let i = 0; i < nth && at >= 0; i++) at = indexOf(bytes, marker, at + 1);
    return at;
  }
  let at = lastIndexOf(bytes, marker);
  for (let i = -1; i > nth && at >= 0; i--) at = at === 0 ? -1 : lastIndexOf(bytes, marker, at - 1);
  return at;
}

/** The bytes of a span, or null when the session or the message has no such place. */
export function take(span: Span, context: Context): Uint8Array | null {
  const place = resolve(span.of, context);
  return place && takeFrom(span, place);
}

/** The bytes of a span in a message at hand. */
export function takeFrom(span: Span, place: Place): Uint8Array | null {
  return takeUntil(place, locate(span.from, place), span.to);
}

/** The bytes of a message from an offset (-1: there is no such place) to where a span ends. */
export function takeUntil(place: Place, from: number, end: Span['to']): Uint8Array | null {
  if (from < 0) return null;
  let to: number;
  if (end.kind === 'width') to = from + end.width;
  else if (end.kind === 'word') to = endOfWord(place.bytes, from);
  else if (end.kind === 'varint') to = endOfVarint(place.bytes, from);
  else if (end.kind === 'until') to = indexOf(place.bytes, end.bytes, from);
  else if (end.kind === 'counted') to = endOfCounted(place.bytes, from, end);
  else to = locate(end, place);
  return to < from || to > place.bytes.length ? null : place.bytes.subarray(from, to);
}

/** The end of a value whose length stands right before it, or at its beginning; -1 when no number is there. */
export function endOfCounted(
  bytes: Uint8Array,
  from: number,
  { by, codec, letters = 1 }: Span['to'] & { kind: 'counted' },
): number {
  const content = by === 'before' ? from : from + codec.width;
  const read = content < codec.width ? null : readNumberAt(codec, bytes, content - codec.width);
  return read ? content + letters * read.value : -1;
}

/** The end of the run of letters and digits that starts at `from`. */
export function endOfWord(bytes: Uint8Array, from: number): number {
  let to = from;
  while (to < bytes.length && isAlphanumeric(bytes[to] ?? 0)) to++;
  return to;
}

/** The answer to a test's question. A place that is not there answers no. */
export function ask(test: Test, context: Context): boolean {
  switch (test.kind) {
    case 'contains': {
      const bytes = test.within ? take(test.within, context) : resolve(test.of, context)?.bytes;
      return bytes ? indexOf(bytes, test.bytes) >= 0 : false;
    }
    case 'at': {
      const place = resolve(test.of, context);
      if (!place) return false;
      return startsWith(place.bytes, test.bytes, test.offset < 0 ? place.bytes.length + test.offset : test.offset);
    }
    case 'value': {
      const value = take(test.span, context);
      return value !== null && test.values.some((v) => equal(v, value));
    }
    case 'length': {
      const place = resolve(test.of, context);
      return place !== null && place.bytes.length <= test.atMost;
    }
    case 'number': {
      const value = take(test.span, context);
      const number = value && readNumber(test.codec, value);
      return number !== null && number <= test.atMost;
    }
    case 'state':
      return test.states.includes(stateBefore(test.back, test.answered === true, context));
    case 'visited':
      return visited(test.states, context);
    case 'said':
      return latestAmong(test.among, context) === test.which;
    case 'exchange':
      return context.at <= test.atMost;
    case 'recalled':
      return isRecalled(test, context, take);
    case 'same': {
      const left = take(test.left, context);
      const right = take(test.right, context);
      return left !== null && right !== null && equal(left, right);
    }
  }
}

/** The state so many exchanges ago, those without an answer left out where only answered ones count; -1: there is none. */
export function stateBefore(back: number, answered: boolean, { said, at }: Context): number {
  if (!answered) return said[at - back]?.state ?? -1;
  for (let i = at - 1, left = back; i >= 0; i = before(i, at - 1))
    if ((said[i]?.answer.length ?? 0) > 0 && --left === 0) return said[i]?.state ?? -1;
  return -1;
}

/** The group of the latest earlier request of the session that is of one of some groups; null where there is none. */
function latestAmong(groups: readonly number[], { said, at }: Context): number | null {
  for (let i = at - 1; i > 0 && at - i <= LOOK_BACK; i--) {
    const group = said[i]?.group ?? -1;
    if (groups.includes(group)) return group;
  }
  return null;
}

function visited(states: readonly number[], { said, at }: Context): boolean {
  for (let i = at - 1; i >= 0; i = before(i, at - 1)) if (states.includes(said[i]?.state ?? -1)) return true;
  return false;
}

/** Walks a decision tree to its leaf. */
export function decide<T>(choice: Choice<T>, context: Context): T {
  let node = choice;
  while (node.kind === 'test') node = ask(node.test, context) ? node.yes : node.no;
  return node.value;
}

/** A transform applied to bytes. */
export function transform(kind: Transform['kind'], bytes: Uint8Array): Uint8Array {
  switch (kind) {
    case 'copy':
      return bytes;
    case 'upper':
      return bytes.map((b) => (b >= 0x61 && b <= 0x7a ? b - 0x20 : b));
    case 'lower':
      return bytes.map((b) => (b >= 0x41 && b <= 0x5a ? b + 0x20 : b));
  }
}

/** Rules that look at the other pieces of their message: they come when those are there. */
export function isLate(rule: Rule): boolean {
  return rule.kind === 'length' || rule.kind === 'checksum' || rule.kind === 'padding';
}

/**
 * Renders the pieces of one answer message. Fillings come late, since they go by what is before them, then length
 * rules, from right to left, since they measure the others, and checksums last: from left to right those that cover what is before them, then the others.
 *
 * @param frame where the message says how long it is, when all messages of the service do: it says what is right even
 *   where no rule was found for it in this answer, as a client would wait for ever for what is missing
 */
export function render(
  pieces: readonly Piece[],
  context: Context,
  random: () => number,
  frame?: LengthField,
): Uint8Array {
  const { later, again } = moments(random);
  const parts: Uint8Array[] = [];
  for (const piece of pieces) {
    if (piece.kind === 'literal') parts.push(piece.bytes);
    else if (isLate(piece.rule)) parts.push(piece.example);
    else {
      const chance = piece.rule.kind !== 'clock' ? random : piece.rule.again ? again : later;
      parts.push(saidAgain(piece.rule, parts) ?? produce(piece.rule, context, chance) ?? piece.example);
    }
  }
  let before = 0;
  pieces.forEach((piece, i) => {
    if (piece.kind === 'rule' && piece.rule.kind === 'padding') parts[i] = padding(piece.rule, before);
    before += parts[i]?.length ?? 0;
  });
  for (let i = pieces.length - 1; i >= 0; i--) {
    const piece = pieces[i];
    if (piece?.kind !== 'rule' || piece.rule.kind !== 'length') continue;
    const { from, to, add, write } = piece.rule;
    let length = add;
    for (let j = from; j <= to; j++) length += parts[j]?.length ?? 0;
    parts[i] = writeNumber(write, length) ?? piece.example;
  }
  if (frame && !frame.until && pieces.some((piece) => piece.kind === 'rule')) putLength(frame, pieces, parts);
  for (const early of [true, false]) {
    pieces.forEach((piece, i) => {
      if (piece.kind !== 'rule' || piece.rule.kind !== 'checksum') return;
      if ((piece.rule.covered.what === 'before' || piece.rule.covered.what === 'block') !== early) return;
      parts[i] = sealed(piece.rule, parts, i) ?? piece.example;
    });
  }
  return concat(parts);
}

/** Makes a message that is one frame say its length; what was no frame in training, though it never varied there, is none. */
function putLength(frame: LengthField, pieces: readonly Piece[], parts: Uint8Array[]): void {
  const message = concat(parts);
  const { offset, codec, add } = fieldAt(frame, message, 0);
  const said = readNumberAt(codec, message, offset);
  if (!said || cutByLength(frame, message)) return;
  const learned = () => concat(pieces.map((piece) => (piece.kind === 'literal' ? piece.bytes : piece.example)));
  if (isLiteral(pieces, offset, offset + said.width) && !cutByLength(frame, learned())) return;
  const right = writeNumber(codec, message.length - offset - said.width - add);
  if (right?.length !== said.width) return;
  let at = offset;
  parts.forEach((part, i) => {
    if (at < part.length && at + right.length > 0) {
      parts[i] = part.map((byte, j) => right[j - at] ?? byte);
    }
    at -= part.length;
  });
}

/** Whether the bytes from `start` to `end` of what was learned are all literal. */
function isLiteral(pieces: readonly Piece[], start: number, end: number): boolean {
  let at = 0;
  for (const piece of pieces) {
    const size = piece.kind === 'literal' ? piece.bytes.length : piece.example.length;
    if (piece.kind !== 'literal' && at < end && at + size > start) return false;
    at += size;
  }
  return true;
}

/** What is left of the present millisecond at each clock of one answer: none is before the one before it. */
function moments(random: () => number): { readonly later: () => number; readonly again: () => number } {
  let last = 0;
  return { later: () => (last += (1 - last) * random()), again: () => last };
}

function sealed(rule: Rule & { kind: 'checksum' }, parts: readonly Uint8Array[], i: number): Uint8Array | null {
  const from = parts.slice(0, i).reduce((sum, part) => sum + part.length, 0);
  const covered = coveredBy(rule.covered, concat(parts), from, from + (parts[i]?.length ?? 0));
  return covered && writeNumber(rule.write, checksumOf(rule.how, covered));
}

/** What a rule gives here, or null when it can not be applied. Rules that look at the other pieces are `render`'s. */
export function produce(rule: Rule, context: Context, random: () => number): Uint8Array | null {
  switch (rule.kind) {
    case 'copy': {
      const value = take(rule.span, context);
      return value && transform(rule.transform.kind, value);
    }
    case 'transform': {
      const value = take(rule.span, context);
      return value && recode(rule.how, value);
    }
    case 'masked': {
      const value = take(rule.span, context);
      const by = rule.by instanceof Uint8Array ? rule.by : take(rule.by, context);
      return value && by && exclusiveOr(value, by);
    }
    case 'number': {
      const value = take(rule.span, context);
      const number = value && readNumber(rule.read, value);
      return number === null ? null : writeNumber(rule.write, number + rule.add);
    }
    case 'sum': {
      const [one, other] = [rule.span, rule.other].map((span) => {
        const value = take(span, context);
        return value && readNumber(rule.read ?? rule.codec ?? DECIMAL, value);
      });
      return typeof one === 'number' && typeof other === 'number'
        ? writeNumber(rule.codec ?? DECIMAL, one + rule.sign * other)
        : null;
    }
    case 'size': {
      const value = take(rule.span, context);
      const measured = value && rule.how ? recode(rule.how, value) : value;
      return measured && writeNumber(rule.write, measured.length + rule.add);
    }
    case 'count': {
      const value = take(rule.span, context);
      return value && writeNumber(rule.write, occurrences(value, rule.bytes) + rule.add);
    }
    case 'digest': {
      const value = take(rule.span, context);
      return value && digestOf(rule.digest, value);
    }
    case 'choice':
      return decide(rule.choose, context);
    case 'clock':
      if (rule.hold !== undefined) return writeTime(rule.format, lastMove(context.now, rule.hold) + rule.offset);
      return writeTime(rule.format, context.now + rule.offset, random());
    case 'ticks':
      return writeTicks(rule, context.now);
    case 'cells':
      return produceCells(rule, context, { take, ask });
    case 'part':
      return producePart(rule, context, take);
    case 'fill':
      return produceFill(rule, context, take);
    case 'lookup':
      return produceRecords(rule, context, decide);
    case 'made up':
      return makeUp(rule, rule.hold ? seeded(Math.floor(context.now / rule.hold)) : random);
    case 'port': {
      const port = context.port?.() ?? null;
      return port === null ? null : writePort(rule.write, port);
    }
    case 'length':
    case 'checksum':
    case 'padding':
      return null;
  }
}

function writeTicks({ rate, zero, write }: Rule & { kind: 'ticks' }, now: number): Uint8Array | null {
  const count = Math.max(0, Math.floor(((now - zero) * rate) / 1000));
  return writeNumber(write, write.kind === 'binary' ? count % 256 ** write.width : count);
}
