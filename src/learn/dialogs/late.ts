/**
 * Answers of which a part came late [new]: the client went on without waiting for it, so it stands behind the next
 * request in the recording. What most sessions have before that request no request after it can have caused; so it is
 * put back to the answer that it is a part of, before anything is learned.
 */
import { concat, toLatin1 } from '../../bytes/bytes.js';
import type { Message } from '../../capture/types.js';
import { inTurn, joined, withBytes } from './turns.js';

/** Answers to one kind of request that have to be there, and the share of them that is said to be usual. */
const LEAST = 5;
const USUAL = 0.75;
/** Each usual length is that of such a share of them; fewer are not usual. */
const SHARE = 1 / 8;
/** Answers that are compared byte by byte, and the bytes of each; fixed bytes of what is moved. */
const MOST = 64;
const LOOK = 4096;
const LEAST_FIXED = 2;
/** What kinds of requests and answers begin with; longer requests are not told apart by all that they say. */
const HEAD = 4;
const LONGEST = 512;

/** The bytes that answers of one length have in common; -1 where they differ. */
type Form = readonly number[];

/** How requests of one kind were answered. */
class Answers {
  private count = 0;
  private readonly lengths = new Map<number, number>();
  private readonly heads = new Map<string, number>();
  private readonly samples = new Map<number, Uint8Array[]>();
  private readonly forms = new Map<number, Form>();

  add(answer: Uint8Array): void {
    this.count++;
    const { length } = answer;
    this.lengths.set(length, (this.lengths.get(length) ?? 0) + 1);
    const head = headOf(answer);
    this.heads.set(head, (this.heads.get(head) ?? 0) + 1);
    const its = this.samples.get(length);
    if (!its) this.samples.set(length, [answer]);
    else if (its.length < MOST) its.push(answer);
  }

  get areKnown(): boolean {
    return this.count >= LEAST;
  }

  /** The lengths that more of them have than this one's, where nearly all have one of few; else none. */
  longer({ length: least }: Uint8Array): number[] {
    const often = [...this.lengths].filter(([, count]) => count >= Math.max(2, this.count * SHARE));
    const sum = often.reduce((all, [, count]) => all + count, 0);
    const seldom = this.lengths.get(least) ?? 0;
    const longer = often.filter(([length, count]) => length > least && count > seldom);
    return sum >= this.count * USUAL ? longer.map(([length]) => length) : [];
  }

  /** How many of them are like this one, at first sight. */
  like(answer: Uint8Array): number {
    return (this.lengths.get(answer.length) ?? 0) + (this.heads.get(headOf(answer)) ?? 0);
  }

  /** Whether an answer has what all of its length have in common, some of it behind an offset. */
  isFit(answer: Uint8Array, from: number): boolean {
    const form = this.formOf(answer.length);
    const fixed = form.filter((byte, i) => i >= from && byte >= 0).length;
    return fixed >= LEAST_FIXED && form.every((byte, i) => byte < 0 || byte === answer[i]);
  }

  private formOf(length: number): Form {
    const known = this.forms.get(length);
    if (known) return known;
    const [first, ...others] = this.samples.get(length) ?? [];
    const form = [...(first?.subarray(0, LOOK) ?? [])].map((byte, i) =>
      others.every((other) => other[i] === byte) ? byte : -1,
    );
    this.forms.set(length, form);
    return form;
  }
}

/**
 * The messages of each session of a service, with what came late at the answer that it is a part of.
 *
 * @param sessions those that have to do with other sessions are left as they are
 */
export function inTime(sessions: readonly (readonly Message[])[]): (readonly Message[])[] {
  const known = new Map<string, Answers>();
  const turns = sessions.map((messages) => (messages.some(({ part }) => part !== undefined) ? null : inTurn(messages)));
  for (const messages of turns.filter((its) => its !== null)) {
    messages.forEach((message, i) => {
      if (message.from === 'server')
        for (const key of kindsOf(messages[i - 1])) answersIn(known, key).add(message.bytes);
    });
  }
  return turns.map((messages, i) => (messages ? mended(messages, known) : (sessions[i] ?? [])));
}

function answersIn(known: Map<string, Answers>, key: string): Answers {
  const its = known.get(key) ?? new Answers();
  known.set(key, its);
  return its;
}

/** What a request may be like others in, the finest first; without one it is the opening. */
function kindsOf(request: Message | undefined): string[] {
  if (!request) return ['opening'];
  const { bytes } = request;
  const coarse = [`long ${bytes.length} ${bytes[0]}`, `head ${headOf(bytes)}`];
  return bytes.length > LONGEST ? coarse : [`whole ${toLatin1(bytes)}`, ...coarse];
}

function headOf(bytes: Uint8Array): string {
  return toLatin1(bytes.subarray(0, HEAD));
}

/** The answers to the finest kind of which enough is known. */
function knownOf(request: Message | undefined, known: ReadonlyMap<string, Answers>): Answers | undefined {
  return kindsOf(request)
    .map((key) => known.get(key))
    .find((answers) => answers?.areKnown);
}

function mended(messages: readonly Message[], known: ReadonlyMap<string, Answers>): readonly Message[] {
  let said = messages;
  for (let i = said[0]?.from === 'server' ? 0 : 1; i + 2 < said.length; i += 2) {
    const late = lateAt(said, i, known);
    if (late > 0) said = putBack(said, i, late);
  }
  return said;
}

/** How many bytes of the next answer belong to the one at a place. */
function lateAt(said: readonly Message[], i: number, known: ReadonlyMap<string, Answers>): number {
  const [before, answer, asked, next] = [said[i - 1], said[i], said[i + 1], said[i + 2]];
  const its = knownOf(before, known);
  if (!its || !answer || !next) return 0;
  const others = knownOf(asked, known);
  // what is left has to be as much like what such requests are answered; nothing may be left where they are not known
  let best = others?.like(next.bytes) ?? 0;
  let late = 0;
  for (const length of its.longer(answer.bytes)) {
    const count = length - answer.bytes.length;
    if (count > next.bytes.length || (count === next.bytes.length && others)) continue;
    const [moved, rest] = [next.bytes.subarray(0, count), next.bytes.subarray(count)];
    if (!its.isFit(concat([answer.bytes, moved]), answer.bytes.length)) continue;
    const like = others?.like(rest) ?? 0;
    if (like < best || (late > 0 && like === best)) continue;
    late = count;
    best = like;
  }
  return late;
}

/** The session with the first bytes of the next answer moved to the one at a place. */
function putBack(said: readonly Message[], i: number, count: number): readonly Message[] {
  const [answer, asked, next, more] = said.slice(i, i + 4);
  if (!answer || !asked || !next) return said;
  const whole = withBytes(answer, concat([answer.bytes, next.bytes.subarray(0, count)]));
  const rest = next.bytes.subarray(count);
  const behind =
    rest.length > 0 ? [asked, withBytes(next, rest), ...(more ? [more] : [])] : [more ? joined(asked, more) : asked];
  return [...said.slice(0, i), whole, ...behind, ...said.slice(i + 4)];
}
