/**
 * The fewest answers that explain all samples of one class of requests [06 §4.1 "consolidation"; new].
 *
 * All samples are taken apart together first. Where that leaves much unknown, the group is parted, by
 * a value that recurs, by a rule that holds for some of them, or by how the answers begin; a parting is
 * kept when both parts together take fewer bits to write down.
 */
import { explains } from './explains.js';
import { PIECE_COST } from './costs.js';
import type { Draft } from './draft.js';
import type { Parsed } from './parse.js';
import type { Families, Line, RegionUse, Sample } from './sample.js';
import { bears, parseSealed } from './seal.js';
import { NOTHING, type Without } from './without.js';
import { type Group, inCommon, mayShare, unexplained, unclearBits, partings } from './partings.js';

/** An answer in the making: the samples that it explains, and its messages in drafts. */
export interface Variant {
  /** Indices into the samples of the class. */
  readonly members: readonly number[];
  /** For each message, the drafts; their `values` run parallel to `members`. */
  readonly messages: readonly (readonly Draft[])[];
}

const VARIANT_COST = 40;
const MAX_DEPTH = 12;
const WORTH_PARTING = 1.5 * PIECE_COST;

export interface Cover {
  readonly variants: readonly Variant[];
  /** Rough bits to write all of it down. */
  readonly cost: number;
}

/** What does not change while a class is covered. */
interface How {
  readonly samples: readonly Sample[];
  readonly families: Families;
  readonly use: RegionUse;
  readonly without: Without;
  /** Groups that were taken apart already, by their members: partings meet in the same ones. */
  readonly known: Map<string, Group>;
  /** The samples as lines, by their index: what was found out about a line is kept by it. */
  readonly lines: Map<number, Line>;
}

/**
 * Covers the samples with variants; every sample belongs to exactly one. Each message of an answer is covered
 * by itself, together with those that stand at its place in all the others: what follows on it is another matter.
 *
 * @param final what was torn apart is joined again where that is cheaper; a first look, which has to tell
 *   kinds of answers apart, does without
 */
export function cover(
  samples: readonly Sample[],
  families: Families,
  use: RegionUse,
  final: boolean,
  without: Without = NOTHING,
): Cover {
  const places = Math.max(1, ...samples.map(({ messages }) => messages.length));
  const kinds = samples.map(({ messages }): Part[] => [{ group: messages.length, line: 0, parsed: [] }]);
  let cost = 0;
  for (let place = 0; place < places; place++) {
    const at = samples.flatMap(({ messages }, i) => (place === 0 || messages.length > place ? [i] : []));
    const its = at.map((i) => onlyMessage(samples[i], place));
    const groups = coverPlace({ samples: its, families, use, without, known: new Map(), lines: new Map() }, final);
    groups.forEach(({ members, parsed }, group) =>
      members.forEach((m, line) => kinds[at[m] ?? 0]?.push({ group, line, parsed })),
    );
    cost += groups.reduce((sum, g) => sum + g.cost, 0);
  }
  return { variants: variantsOf(kinds), cost };
}

/** A message of one sample: the group that it is in at its place, and its line there. */
interface Part {
  readonly group: number;
  readonly line: number;
  readonly parsed: readonly Parsed[];
}

/** The sample with only one of its messages. */
function onlyMessage(sample: Sample | undefined, place: number): Sample {
  if (!sample) throw new RangeError('no such sample');
  if (sample.messages.length <= 1) return sample;
  const { ports, afterData, ...rest } = sample;
  const messages = sample.messages.slice(place, place + 1);
  return {
    ...rest,
    messages,
    freshPort: sample.freshPort.slice(place, place + 1),
    delays: sample.delays.slice(place, place + 1),
    ...(afterData ? { afterData: afterData.slice(place, place + 1) } : {}),
    ...(ports && place === 0 ? { ports } : {}),
  };
}

/** Samples whose messages are of the same groups, place by place. */
function variantsOf(kinds: readonly (readonly Part[])[]): Variant[] {
  const alike = new Map<string, number[]>();
  kinds.forEach((parts, i) => {
    const key = parts.map(({ group }) => group).join();
    const known = alike.get(key);
    if (known) known.push(i);
    else alike.set(key, [i]);
  });
  return [...alike.values()].map((members) => ({
    members,
    messages: (kinds[members[0] ?? 0] ?? []).flatMap(({ parsed }, place) => {
      const lines = members.map((m) => kinds[m]?.[place]?.line ?? 0);
      return parsed.map(({ drafts }) => drafts.map((draft) => ofLines(draft, lines)));
    }),
  }));
}

/** The draft of some of its lines. */
function ofLines(draft: Draft, lines: readonly number[]): Draft {
  if (draft.kind === 'literal') return draft;
  const values = lines.map((line) => draft.values[line] ?? null);
  if (draft.kind === 'unknown') return { ...draft, values };
  const ways = draft.ways && { ...draft.ways, of: Int32Array.from(lines, (line) => draft.ways?.of[line] ?? -1) };
  return { ...draft, values, ...(ways ? { ways } : {}) };
}

/** The fewest groups of samples of one message (or none) that one answer explains. */
function coverPlace(how: How, final: boolean): Group[] {
  return byShape(how.samples, how.use).flatMap((members) => {
    const parts = parted(take(how, members), how, 0);
    return (final ? settled(rejoined(parts, how), how).flatMap((group) => setApart(group, how)) : parts).flatMap(
      (group) => partedByEnd(group, how),
    );
  });
}

/** Samples after which the server closed, set apart where they were answered otherwise than those after which it stayed. */
function partedByEnd(group: Group, how: How): Group[] {
  const isClosed = (m: number) => ['fin', 'rst'].includes(how.samples[m]?.close ?? 'stay');
  if (!group.members.some((m) => how.samples[m]?.close === 'stay') || !group.members.some(isClosed)) return [group];
  const parts = [group.members.filter(isClosed), group.members.filter((m) => !isClosed(m))].map((m) => take(how, m));
  const cost = parts.reduce((sum, part) => sum + part.cost, 0);
  return cost < group.cost && parts.every((part) => part.dropped.length === 0) ? parts : [group];
}

/** So few samples may be of as many kinds; and contents of this length, when none is as long as another, are two. */
const FEW = 3;
const LONG = 24;

/** Few samples with much unknown between them and nothing that follows from the requests, each by itself: they have only a beginning in common. */
function setApart(group: Group, how: How): Group[] {
  const { members, parsed } = group;
  if (members.length < 2 || members.length > FEW) return [group];
  if (parsed.some(({ drafts }) => drafts.some((draft) => draft.kind === 'rule' && 'span' in draft.rule)))
    return [group];
  const isUnlike = parsed.some(({ drafts }) =>
    drafts.some((draft) => {
      const lengths = draft.kind === 'unknown' ? draft.values.map((v) => v?.length ?? 0) : [];
      return Math.max(...lengths) >= LONG && new Set(lengths).size === lengths.length;
    }),
  );
  return isUnlike ? members.map((m) => take(how, [m])) : [group];
}

/** Groups with fewer members than this are tried together with the others again. */
const SMALL = 8;

/** More groups than this are left as they are: every two of them would have to be tried. */
const MOST_REJOINED = 16;

/**
 * Joins groups that are cheaper as one: what a parting further up tore apart, or dropped on the way,
 * often belongs to what another parting left over.
 */
function rejoined(groups: readonly Group[], how: How): Group[] {
  const all = [...groups];
  for (let found = all.length <= MOST_REJOINED; found;) {
    found = false;
    search: for (let i = 0; i < all.length; i++) {
      for (let j = i + 1; j < all.length; j++) {
        const a = all[i];
        const b = all[j];
        if (!a || !b || Math.min(a.members.length, b.members.length) > SMALL) continue;
        const both = take(
          how,
          [...a.members, ...b.members].sort((x, y) => x - y),
        );
        if (both.parsed.some(({ told }) => told.length > 0)) continue;
        if (both.dropped.length > 0 || both.cost >= a.cost + b.cost - inCommon([a, b], both)) continue;
        all.splice(j, 1);
        all[i] = both;
        found = true;
        break search;
      }
    }
  }
  return all;
}

/**
 * Moves members that another group's answer gives in full to that group, where that is cheaper: a parting
 * by one value seldom cuts just where the rules do, and may leave nothing of a group that was one by chance.
 */
function settled(groups: readonly Group[], how: How): Group[] {
  const all = [...groups];
  if (all.length > MOST_REJOINED) return all;
  for (let i = 0; i < all.length; i++) {
    for (let j = 0; j < all.length; j++) {
      const [home, other] = [all[i], all[j]];
      if (!home || !other || i === j || !other.parsed.some((p) => p.drafts.some((d) => d.kind === 'rule'))) continue;
      const given = other.parsed.map((p) => p.drafts);
      if (given.flat().some((d) => d.kind === 'unknown')) continue;
      const strays = new Set(home.members.filter((m) => isGiven(how.samples[m], given)));
      if (strays.size === 0) continue;
      const more = take(
        how,
        [...other.members, ...strays].sort((x, y) => x - y),
      );
      const left = home.members.filter((m) => !strays.has(m));
      const less = left.length > 0 ? take(how, left) : null;
      const dropped = more.dropped.length + (less?.dropped.length ?? 0);
      if (dropped > 0 || more.cost + (less?.cost ?? 0) >= home.cost + other.cost) continue;
      all[j] = more;
      if (less) all[i] = less;
      else {
        all.splice(i--, 1);
        break;
      }
    }
  }
  return all;
}

function isGiven(sample: Sample | undefined, given: readonly (readonly Draft[])[]): boolean {
  return sample !== undefined && explains(given, sample.context, sample.messages);
}

/** Samples with as many messages, sealed alike, from the same kind of port. */
function byShape(samples: readonly Sample[], { seal }: RegionUse): number[][] {
  const groups = new Map<string, number[]>();
  const shape = (m: Uint8Array) => (m.length === 0 ? 0 : seal && bears(m, seal) ? 2 : 1);
  samples.forEach((sample, i) => {
    const said = sample.messages.map(shape).join('');
    const key = `${said}/${sample.freshPort.map(Number).join('')}/${sample.afterData?.map(Number).join('') ?? ''}`;
    const group = groups.get(key);
    if (group) group.push(i);
    else groups.set(key, [i]);
  });
  return [...groups.values()];
}

function take(how: How, members: readonly number[]): Group {
  const key = members.join();
  let known = how.known.get(key);
  if (!known) how.known.set(key, (known = takeApart(how, members)));
  return known;
}

/** Takes the message of some samples apart; those that do not fit the others leave. */
function takeApart(how: How, members: readonly number[]): Group {
  const { samples, families, without } = how;
  let live = [...members];
  const dropped: number[] = [];
  const parsed: Parsed[] = [];
  while (parsed.length < (samples[members[0] ?? 0]?.messages.length ?? 0)) {
    const result = parseSealed(linesOf(how, live), families, without);
    if (result.dropped.length === 0) parsed.push(result);
    dropped.push(...result.dropped.map((i) => live[i] ?? 0));
    live = result.live.map((i) => live[i] ?? 0);
  }
  const apart = dropped.reduce(
    (sum, i) => sum + (samples[i]?.messages.reduce((n, m) => n + 8 * Math.min(m.length, 64), VARIANT_COST) ?? 0),
    0,
  );
  const cost = VARIANT_COST + apart + parsed.reduce((sum, p) => sum + p.cost, 0);
  return { members: live, parsed, dropped, cost };
}

function linesOf(how: How, members: readonly number[]): Line[] {
  return members.map((i) => {
    let line = how.lines.get(i);
    if (!line) how.lines.set(i, (line = lineOf(how, i)));
    return line;
  });
}

function lineOf({ samples, use }: How, i: number): Line {
  const sample = samples[i];
  if (!sample) throw new RangeError('no such sample');
  const { context, messages, ports } = sample;
  return { context, use, bytes: messages[0] ?? new Uint8Array(0), ...(ports ? { ports } : {}) };
}

/** Parts a group as far as that pays. */
function parted(group: Group, how: How, depth: number): Group[] {
  if (group.dropped.length > 0) {
    const rest = take(how, group.dropped);
    const own = VARIANT_COST + group.parsed.reduce((sum, p) => sum + p.cost, 0);
    return [...parted({ ...group, dropped: [], cost: own }, how, depth), ...parted(rest, how, depth + 1)];
  }
  const best =
    depth < MAX_DEPTH && group.members.length > 1 ? (byWhatIsKnown(group, how) ?? bestParting(group, how)) : null;
  return best ? best.flatMap((part) => parted(part, how, depth + 1)) : [group];
}

/**
 * The samples that tell again what was said earlier about the same thing, apart from those in which nothing was: however few
 * bits their values take while they are told one by one, nobody will say those again.
 */
function byWhatIsKnown(group: Group, how: How): Group[] | null {
  for (const inside of group.parsed.flatMap(({ told }) => told)) {
    const chosen = new Set(inside.map((i) => group.members[i] ?? -1));
    const parts = [group.members.filter((m) => chosen.has(m)), group.members.filter((m) => !chosen.has(m))];
    if (parts.some((part) => part.length === 0)) continue;
    const [known, rest] = parts.map((part) => take(how, part));
    if (known && rest && known.dropped.length === 0 && unexplained(known) < unexplained(group)) return [known, rest];
  }
  return null;
}

/** The parting that saves the most bits, or null when none saves any. */
function bestParting(group: Group, how: How): Group[] | null {
  const unclear = group.parsed.reduce((sum, p) => sum + unclearBits(p, group.members.length), 0);
  if (unclear < WORTH_PARTING) return null;
  let best: Group[] | null = null;
  let bestCost = group.cost;
  for (const inside of partings(group)) {
    const chosen = new Set(inside);
    const rest = group.members.filter((m) => !chosen.has(m));
    if (chosen.size === 0 || rest.length === 0) continue;
    const priced = (members: readonly number[]): Group => {
      const part = take(how, members);
      return { ...part, cost: Math.min(part.cost, alone(part, group, how)) };
    };
    // the smaller part is soon taken apart, and often says already that this saves nothing; unless what both have in
    // common is not told twice
    const isLess = inside.length < rest.length;
    const one = priced(isLess ? inside : rest);
    if (one.cost + VARIANT_COST >= bestCost && !mayShare(one, group)) continue;
    const other = priced(isLess ? rest : inside);
    const parts = isLess ? [one, other] : [other, one];
    const cost = parts.reduce((sum, part) => sum + part.cost, 0) - inCommon(parts, group);
    if (cost < bestCost) [best, bestCost] = [parts, cost];
  }
  return best;
}

/** Bits for a sample that is set apart by itself: what it shares with the group is known from the others. */
function alone({ members, dropped }: Group, group: Group, { samples }: How): number {
  const [only] = members;
  if (only === undefined || members.length > 1 || dropped.length > 0 || group.members.length < 3) return Infinity;
  let bits = VARIANT_COST;
  (samples[only]?.messages ?? []).forEach((message, m) => {
    const drafts = group.parsed[m]?.drafts ?? [];
    const own = drafts.reduce(
      (sum, d) => sum + (d.kind === 'unknown' ? (d.values[group.members.indexOf(only)]?.length ?? 0) : 0),
      0,
    );
    bits += 8 + 8 * own + 0.5 * (message.length - own);
  });
  return bits;
}
