/** The messages that an answer may take its content from, with several names for the same one where it has them. */
import { equal } from '../../bytes/bytes.js';
import { resolve, type Context, type Place } from '../../model/meaning.js';
import type { Source } from '../../model/types.js';
import type { Line, RegionUse } from './sample.js';
import { Kept, once } from '../kept.js';

export interface NamedSource {
  readonly source: Source;
  readonly place: Place;
  /** Whether positions may go by the regions of the message's class (the name fixes the class). */
  readonly regions: boolean;
  readonly cost: number;
}

const REQUESTS_BACK = 8;
const ANSWERS_BACK = 6;
/** Plainer than the latest of its group: the key says that it is this one that is meant. */
const RECALL = 2.8;
/** Less plain than it: nothing says that it is this one. */
const UNNAMED = 4.5;
/** Less plain by so much: the session of it must not be over. */
const OPEN = 0.4;

/** It has its place already: less plain than what the session itself said, with a place in it. */
const REGISTER = 6.5;

/** Sources by the use of regions, which lives as long as one group of samples is looked at, and the context. */
const names = once((use: RegionUse) => once((context: Context) => namesOf(context, use)));

/** All names of sources that mean something in this context. */
export function sourcesOf({ context, use }: Line): readonly NamedSource[] {
  return names(use)(context);
}

/** A text for a source, the same for sources that name the same. */
export const keyOf = once((source: Source): string => JSON.stringify(source));

const places = new Kept<readonly Line[], string, readonly (Place | null)[]>();

/** The message that a source names in each of some lines; the same lines are asked for with every rule that is tried. */
export function placesOf(lines: readonly Line[], source: Source): readonly (Place | null)[] {
  return places.of(lines, keyOf(source), () => lines.map(({ context }) => resolve(source, context)));
}

/** Whether a source names the same bytes in all lines: then nothing that differs between them follows from it. */
export function isOneMessage(lines: readonly Line[], source: Source): boolean {
  return isOne(placesOf(lines, source));
}

const isOne = once(([first, ...others]: readonly (Place | null)[]) =>
  others.every((other) => first && other && equal(first.bytes, other.bytes)),
);

function namesOf(context: Context, use: RegionUse): NamedSource[] {
  const named: NamedSource[] = [];
  const add = (source: Source, cost: number, regions = false) => {
    const place = resolve(source, context);
    if (place && place.bytes.length > 0) named.push({ source, place, regions, cost });
  };
  add({ kind: 'request', back: 0 }, 0, use.own);
  for (const what of ['client address', 'server address', 'client port', 'server port'] as const)
    add({ kind: 'environment', what }, 2);
  add({ kind: 'answer', back: 1 }, 2);
  add({ kind: 'greeting' }, 3.5);
  add({ kind: 'decoded' }, 4);
  for (let back = 1; back <= REQUESTS_BACK; back++) add({ kind: 'request', back }, 3 + back);
  for (let back = 2; back <= ANSWERS_BACK; back++) add({ kind: 'answer', back }, 3.5 + back);
  const groups = new Set<number>();
  for (let i = context.at - 1; i > 0 && i > context.at - 64; i--) groups.add(context.said[i]?.group ?? -1);
  for (const group of groups) {
    if (group < 0) continue;
    add({ kind: 'group', group, which: 'latest', side: 'request' }, 3, use.groups.has(group));
    add({ kind: 'group', group, which: 'latest', side: 'answer' }, 3.2);
    add({ kind: 'decoded', group }, 4.6);
    add({ kind: 'group', group, which: 'last but one', side: 'request' }, 4.5, use.groups.has(group));
    add({ kind: 'group', group, which: 'first', side: 'request' }, 5, use.groups.has(group));
    add({ kind: 'group', group, which: 'first', side: 'answer' }, 5.2);
  }
  for (const recall of use.recalls ?? []) {
    const cost =
      (recall.keys.length > 0 ? RECALL : UNNAMED) +
      (recall.ahead === undefined ? 0 : 0.5) +
      (recall.open === true ? OPEN : 0) +
      (recall.side === 'answer' ? 0.2 : 0);
    add(recall, cost, recall.side === 'request' && use.groups.has(recall.group));
  }
  context.registers?.forEach((_, id) => add({ kind: 'register', id }, REGISTER));
  return named;
}

/** The first sources, and the registers beside them: these are few, and must take no other one's place. */
export function firstSources(line: Line, most: number): readonly NamedSource[] {
  return sourcesOf(line).filter(({ source }, i) => i < most || source.kind === 'register');
}

/**
 * Whether it names an address. Nobody tells a part of one, or counts on from it: where clients came one after the other,
 * each from the next address, any count of the server's seems to.
 */
export function isAddress(source: Source): boolean {
  return source.kind === 'environment' && source.what.endsWith('address');
}

/** Whether it names something that the server said. */
export function isAnswer(source: Source): boolean {
  return source.kind === 'answer' || source.kind === 'greeting' || ('side' in source && source.side === 'answer');
}

/** Whether it is one value as a whole: nobody tells a part of it. */
export function isOneValue({ kind }: Source): boolean {
  return kind === 'register';
}

/** The names of what was said before a line, the plainest first. */
export function messagesOf(line: Line, most = Infinity): NamedSource[] {
  return byCost(sourcesOf(line)).slice(0, most);
}

const byCost = once((sources: readonly NamedSource[]) =>
  sources.filter(({ source }) => source.kind !== 'environment').sort((a, b) => a.cost - b.cost),
);

/** What was said before a line, by its bytes, each message with all its names, the plainest first; of `most` messages. */
export function messagesBefore(line: Line, most: number): ReadonlyMap<Uint8Array, readonly NamedSource[]> {
  const messages = new Map<Uint8Array, NamedSource[]>();
  for (const named of messagesOf(line)) {
    const known = messages.get(named.place.bytes);
    if (known) known.push(named);
    else if (messages.size < most) messages.set(named.place.bytes, [named]);
  }
  return messages;
}
