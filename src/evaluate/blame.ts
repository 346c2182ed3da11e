/**
 * Why an answer is wrong: where it parts from the recorded one, which class, state and piece gave the byte
 * there, what that rests on, and where the right byte could have been had.
 */
import { EMPTY, concat, indexOf, printable } from '../bytes/bytes.js';
import type { Choice, Piece, RequestClass, ServiceModel, State } from '../model/types.js';
import { pieceLines } from '../model/rule-words.js';
import type { Played } from './play.js';

/** A miss in few words; misses are counted by them. */
export interface Blame {
  readonly reason: string;
  /** First byte that differs. */
  readonly at: number;
  readonly class?: number;
  readonly state?: number;
  /** Every byte that differs is one in which the real server varies by itself: it said otherwise to the same words. */
  readonly isFrozen: boolean;
  /** Samples that the state was learned from. */
  readonly samples?: number;
  readonly words: string;
}

/** Finds where in an answer of literals and rules each piece stands: at the next place of each literal. */
function pieceAt(pieces: readonly Piece[], given: Uint8Array, at: number): Piece | undefined {
  let from = 0;
  let open: Piece | undefined;
  for (const piece of pieces) {
    if (piece.kind === 'rule') {
      open ??= piece;
      continue;
    }
    const place = open ? indexOf(given, piece.bytes, from) : from;
    if (place < 0) break;
    if (at < place && open) return open;
    from = place + piece.bytes.length;
    if (at < from) return piece;
    open = undefined;
  }
  return open ?? pieces.at(-1);
}

/** Share of a recorded answer that the literals of a state explain, in their order; null when one of them is not there. */
function literalShare(state: State, expected: Uint8Array): number | null {
  let from = 0;
  let found = 0;
  for (const { pieces } of state.answer) {
    for (const piece of pieces) {
      if (piece.kind !== 'literal') continue;
      const place = indexOf(expected, piece.bytes, from);
      if (place < 0) return null;
      from = place + piece.bytes.length;
      found += piece.bytes.length;
    }
  }
  if (expected.length === 0) return found === 0 ? 1 : null;
  return found / expected.length;
}

function leaves(choice: Choice<number>): number[] {
  return choice.kind === 'leaf' ? [choice.value] : [...leaves(choice.yes), ...leaves(choice.no)];
}

/** The recorded bytes from the first difference on, up to where both answers go on alike. */
function wanted(expected: Uint8Array, given: Uint8Array, at: number): Uint8Array {
  const most = 40;
  for (let reach = 1; reach < most; reach++) {
    for (let skip = 0; skip <= reach; skip++) {
      const after = expected.subarray(at + reach, at + reach + 4);
      if (after.length === 4 && indexOf(given.subarray(at + skip, at + skip + 4), after) === 0) {
        return expected.subarray(at, at + reach);
      }
    }
  }
  return expected.subarray(at, at + 16);
}

/** A piece in one line; of a long choice its beginning. */
function inWords(piece: Piece): string {
  const lines = pieceLines(piece).map((line) => line.trim());
  return lines.slice(0, 4).join(' ') + (lines.length > 4 ? ' …' : '');
}

/** Where the wanted bytes can be had. */
function origin(
  value: Uint8Array,
  session: readonly Played[],
  index: number,
  known: (bytes: Uint8Array) => boolean,
): string {
  if (value.length < 2) return 'of one byte';
  if (indexOf(session[index]?.request ?? EMPTY, value) >= 0) return 'that stands in the request';
  const before = session.slice(0, index);
  if (before.some(({ request }) => indexOf(request, value) >= 0)) return 'that stands in an earlier request';
  if (before.some(({ expected }) => indexOf(expected, value) >= 0)) return 'that stands in an earlier answer';
  return known(value) ? 'that training had elsewhere' : 'that training never had';
}

function parting(expected: Uint8Array, given: Uint8Array): number {
  let at = 0;
  while (at < expected.length && at < given.length && expected[at] === given[at]) at++;
  return at;
}

/** What the blame is put by. */
export interface Evidence {
  readonly service: ServiceModel;
  readonly session: readonly Played[];
  readonly index: number;
  /** Whether some bytes stand anywhere in the answers of the training. */
  readonly known: (bytes: Uint8Array) => boolean;
  /** Whether recorded answers to the same words differ at a byte of this one. */
  readonly varies: (at: number) => boolean;
}

/** Puts the blame for a wrong answer. */
export function blame(evidence: Evidence): Blame {
  const { session, index, varies } = evidence;
  const { expected, given } = session[index] ?? { expected: EMPTY, given: EMPTY };
  const isFrozen = expected.length === given.length && expected.every((byte, at) => byte === given[at] || varies(at));
  const found = findCause(evidence);
  return isFrozen
    ? { ...found, isFrozen, reason: `${found.reason.split(' where', 1)[0] ?? ''}, where the server varies by itself` }
    : { ...found, isFrozen };
}

function findCause(evidence: Evidence): Omit<Blame, 'isFrozen'> {
  const { service, session, index } = evidence;
  const played = session[index];
  if (!played) throw new RangeError(`there is no exchange ${index}`);
  const { expected, given, notes, late, request } = played;
  const at = parting(expected, given);
  if (late) return { reason: 'closed too early', at, words: 'the emulator had closed the session before' };
  const noted = [...notes].reverse().find((n) => n.at <= at) ?? notes[0];
  const isOpening = index === 0 && request.length === 0;
  if (!noted && !isOpening)
    return {
      reason: 'waited for more',
      at,
      words: 'the request was not taken for a whole one, so nothing was answered',
    };
  const note = noted?.note;
  if (note?.kind === 'unknown') return { reason: 'unknown request', at, words: `unknown: ${note.why}` };
  const state = service.states[note?.state ?? 0];
  if (!state) return { reason: 'no state', at, words: 'the model has no such state' };
  const of = note ? service.classes[note.class] : undefined;
  const base = { at, state: state.id, samples: state.samples, ...(note ? { class: note.class } : {}) };
  const like = of ? `class ${of.id} «${printable(of.example, 40)}»` : 'the opening';
  const led = `${like} led to state ${state.id} (${state.samples} samples, ${state.confidence} of them agree)`;
  if (note?.kind === 'nearest')
    return { ...base, reason: 'no class fits, the nearest was taken', words: `${note.why}; ${led}` };
  const elsewhere = note?.known === 'elsewhere' ? ', a request known elsewhere in the service but not here' : '';
  return { ...base, ...causeIn(state, of, `${led}${elsewhere}`, at, evidence) };
}

/** What is wrong about an answer whose request was known: the choice of its state, or a piece of the state. */
function causeIn(
  state: State,
  of: RequestClass | undefined,
  led: string,
  at: number,
  { service, session, index, known }: Evidence,
): Pick<Blame, 'reason' | 'words'> {
  const { expected, given, notes } = session[index] ?? { expected: EMPTY, given: EMPTY, notes: [] };
  const better = of ? betterState(service, of, state, expected) : undefined;
  if (better) {
    const words = `${led}; state ${better.id} (${better.samples} samples) would have fitted: the choice between them is wrong`;
    return { reason: 'another state of the class fits', words };
  }
  if (expected.length === 0) return { reason: 'nothing was to be said', words: led };
  if (given.length === 0) return { reason: 'the state has no answer', words: led };
  const pieces = state.answer.flatMap((message) => message.pieces);
  const piece = pieceAt(pieces, given, Math.min(at, given.length - 1));
  const value = wanted(expected, given, at);
  const from = origin(value, session, index, known);
  const what = piece?.kind === 'rule' ? `rule ${piece.rule.kind}` : 'literal';
  const several = notes.length > 1 ? ` (${notes.length} requests were answered at once)` : '';
  return {
    reason: at >= expected.length ? `${what} says too much` : `${what} where a value is due ${from}`,
    words: `${led}${several}; there the byte comes from ${piece ? inWords(piece) : 'nothing'}; due was «${printable(value, 30)}»: a value ${from}`,
  };
}

/** Another state that the class leads to, of which clearly more stands in the recorded answer. */
function betterState(service: ServiceModel, of: RequestClass, state: State, expected: Uint8Array): State | undefined {
  const own = Math.max(literalShare(state, expected) ?? 0, 0.4);
  return [...new Set(leaves(of.select))]
    .filter((id) => id !== state.id)
    .map((id) => service.states[id])
    .find((rival) => rival && (literalShare(rival, expected) ?? -1) > own);
}

/** A question about all answers of the training: do these bytes stand in one of them? */
export function answersHold(answers: readonly Uint8Array[]): (bytes: Uint8Array) => boolean {
  const most = 4 * 1024 * 1024;
  const all = concat(answers).subarray(0, most);
  return (bytes) => indexOf(all, bytes) >= 0;
}
