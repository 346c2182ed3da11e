/** Ways to part samples whose answers have too little in common, and what two parts have in common all the same. */
import { equal, isText, toLatin1 } from '../../bytes/bytes.js';
import { PLAIN } from './copy.js';
import { distinctValues, literalCost, PIECE_COST, unknownCost } from './costs.js';
import type { Draft } from './draft.js';
import type { Parsed } from './parse.js';

const MOST_SPLITS = 8;

export interface Group {
  readonly members: readonly number[];
  readonly parsed: readonly Parsed[];
  readonly dropped: readonly number[];
  readonly cost: number;
}

/** Of so few samples what is in common does not have to be told again, where parting them explains all. */
const FEW_TOGETHER = 8;

/** Bits for a piece that is the same as in the other part. */
const SAME_PIECE = 4;

/** Bits that two parts of few samples do not cost, because their rules are the same, where parting them explains more. */
export function inCommon(parts: readonly Group[], group: Pick<Group, 'members' | 'parsed'>): number {
  const [one, other] = parts;
  if (!one || !other || !parts.every((part) => mayShare(part, group))) return 0;
  if (unexplained(one) + unexplained(other) + EXPLAINED > unexplained(group)) return 0;
  let bits = 0;
  other.parsed.forEach(({ drafts }, m) => {
    const known = new Set(one.parsed[m]?.drafts.map(sayingOf));
    for (const draft of drafts) {
      if (draft.kind === 'unknown' || !known.has(sayingOf(draft))) continue;
      const own = draft.kind === 'rule' ? PIECE_COST + draft.cost : literalCost(draft.bytes, other.members.length);
      bits += Math.max(0, own - SAME_PIECE);
    }
  });
  return bits;
}

/** Whether a part may have something in common with the rest of its group, as far as the part tells. */
export function mayShare(part: Group, group: Pick<Group, 'members' | 'parsed'>): boolean {
  const most = group.members.length;
  const isOfFew = most <= FEW_TOGETHER && part.members.length >= LEAST_PART && part.members.length <= most - LEAST_PART;
  return isOfFew && part.dropped.length === 0 && unexplained(part) + EXPLAINED <= unexplained(group);
}

/** What is the same for drafts that say the same. */
function sayingOf(draft: Draft): string {
  if (draft.kind === 'rule') return JSON.stringify(draft.rule);
  return draft.kind === 'literal' ? toLatin1(draft.bytes) : '';
}

/** Fewest samples of such a part: three different values are no coincidence. */
const LEAST_PART = 3;

/** Bits of the unknown that a parting has to explain. */
const EXPLAINED = 24;

/** Bits of what no rule explains, without what it takes to say that something is there. */
export function unexplained({ members, parsed }: Pick<Group, 'members' | 'parsed'>): number {
  return parsed.reduce(
    (sum, { drafts }) =>
      sum +
      drafts.reduce((n, d) => (d.kind === 'unknown' ? n + unknownCost(d.values, members.length) - PIECE_COST : n), 0),
    0,
  );
}

export function unclearBits(parsed: Parsed, live: number): number {
  return parsed.drafts.reduce((sum, draft) => {
    if (draft.kind === 'unknown') return sum + unknownCost(draft.values, live);
    return draft.kind === 'rule' && draft.cost > PLAIN ? sum + PIECE_COST + draft.cost : sum;
  }, 0);
}

/** Ways to part a group: the members on one side, each way once. */
export function partings(group: Group): number[][] {
  const [ways, begun] = [new Map<string, number[]>(), new Map<string, number[]>()];
  const add = (inside: readonly number[], into = ways) => {
    const members = inside.map((i) => group.members[i] ?? 0).sort((a, b) => a - b);
    if (members.length > 0 && members.length < group.members.length) into.set(members.join(), members);
  };
  for (const { hints, drafts } of group.parsed) {
    for (const hint of hints.slice(0, 4)) add(hint);
    const unknowns = drafts.filter((d) => d.kind === 'unknown').slice(0, 6);
    for (const { values } of unknowns) {
      const different = distinctValues(values);
      for (const { bytes, count } of different.slice(0, 2)) {
        if (count >= 2 || different.length === 2) add(indicesOf(values, (v) => equal(v, bytes)));
      }
      const first = values.find((v) => v !== null && v.length > 0)?.[0];
      if (first !== undefined) add(indicesOf(values, (v) => v[0] === first));
    }
    const longest = unknowns.reduce<readonly (Uint8Array | null)[] | null>(
      (a, b) => (a && size(a) >= size(b.values) ? a : b.values),
      null,
    );
    if (!longest) continue;
    for (const inside of byLength(longest)) add(inside);
    for (const inside of byBeginning(longest)) add(inside, begun);
  }
  return [...[...ways.values()].slice(0, MOST_SPLITS), ...begun.values()];
}

function indicesOf(values: readonly (Uint8Array | null)[], holds: (value: Uint8Array) => boolean): number[] {
  return values.flatMap((v, i) => (v !== null && holds(v) ? [i] : []));
}

function size(values: readonly (Uint8Array | null)[]): number {
  return values.reduce((sum, v) => sum + (v?.length ?? 0), 0);
}

/** Bytes with which values of one form begin, and how many such forms of each length are tried. */
const BEGINNINGS = [8, 16, 32];
const MOST_BEGINNINGS = 2;

/** Texts that begin alike, for the most frequent beginnings: they may be of one form, though none of them recurs. */
function byBeginning(values: readonly (Uint8Array | null)[]): number[][] {
  return BEGINNINGS.flatMap((length) => {
    const alike = new Map<string, number[]>();
    values.forEach((v, i) => {
      if (!v || v.length < length || !isText(v.subarray(0, length))) return;
      const key = toLatin1(v.subarray(0, length));
      alike.set(key, [...(alike.get(key) ?? []), i]);
    });
    const forms = [...alike.values()].filter((its) => its.length >= LEAST_PART);
    return forms.sort((a, b) => b.length - a.length).slice(0, MOST_BEGINNINGS);
  });
}

/** The values of the most frequent length against the others. */
function byLength(values: readonly (Uint8Array | null)[]): number[][] {
  const lengths = new Map<number, number[]>();
  values.forEach((v, i) => {
    if (v) lengths.set(v.length, [...(lengths.get(v.length) ?? []), i]);
  });
  return [...lengths.values()]
    .filter((l) => l.length > 1)
    .sort((a, b) => b.length - a.length)
    .slice(0, 1);
}
