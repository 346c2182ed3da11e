/**
 * What earlier exchanges the requests of a service's classes mean [new]: those that a key names, those in which the
 * server handed something out, and those that no key names but some answers tell of.
 */
import { isAlphanumeric } from '../../bytes/bytes.js';
import { take, type Context } from '../../model/meaning.js';
import { recall } from '../../model/recall.js';
import type { Recall, Region } from '../../model/types.js';
import type { Beside } from '../answers/key-names.js';
import { findHanded, findRecalls } from '../answers/recalls.js';
import { findUnnamed } from '../answers/unnamed.js';
import type { Grouping } from '../classes/classes.js';
import type { Vocabulary } from '../vocabulary.js';
import type { OwnPlaces } from './idle.js';
import { commonHead } from '../classes/whole-numbers.js';

/** Groups that the answers to other classes tell of, and requests of a class that have to come after one of them. */
const MOST_TOLD = 2;
const LEAST_AFTER = 4;
/** Requests behind a session that is over, and behind one that is not. */
const LEAST_OVER = 3;

export class Recalled {
  private readonly groupings: readonly Grouping[];
  private readonly vocabulary: Vocabulary;
  private readonly identities: ReadonlySet<number>;
  private readonly asked: () => Iterable<readonly Context[]>;
  private readonly own: OwnPlaces;
  private readonly heads = new Map<number, readonly Region[] | null>();
  private readonly found = new Map<string, readonly Recall[]>();
  private told: readonly Recall[] | null = null;

  /**
   * @param asked some requests of every class
   * @param own places of what clients say of themselves: it names nothing
   */
  constructor(
    groupings: readonly Grouping[],
    vocabulary: Vocabulary,
    identities: ReadonlySet<number>,
    asked: () => Iterable<readonly Context[]>,
    own: OwnPlaces,
  ) {
    this.groupings = groupings;
    this.vocabulary = vocabulary;
    this.identities = identities;
    this.asked = asked;
    this.own = own;
  }

  /** What was found for some classes before. */
  known(classes: readonly number[]): readonly Recall[] | undefined {
    return this.found.get(classes.join());
  }

  /** @param beside what is known of the classes beside these samples, where they are not new */
  of(classes: readonly number[], contexts: readonly Context[], beside?: Beside): readonly Recall[] {
    const before = this.known(classes);
    if (before) return before;
    const named = this.named(contexts, beside);
    const groups = new Set(named.map(({ group }) => group));
    const unnamed = beside ? [] : findUnnamed(contexts, groups);
    const handed = beside
      ? []
      : findHanded(contexts, (group) => this.regionsOf(group), { bytes: this.identities, own: this.own });
    const own = [...named, ...unnamed, ...handed];
    const known = beside ? own : [...own, ...this.toldElsewhere(own, contexts)];
    const all = [...known, ...known.filter((one) => isOfConnections(one, contexts)).map(asOpen)];
    this.found.set(classes.join(), all);
    return all;
  }

  private named(contexts: readonly Context[], beside?: Beside): Recall[] {
    const isOwn = (value: Uint8Array) => value.every(isAlphanumeric) && this.vocabulary.isPrivate(value);
    return findRecalls(
      contexts,
      (group) => this.regionsOf(group),
      beside,
      { bytes: this.identities, own: this.own },
      isOwn,
    );
  }

  /**
   * What the answers to other classes tell of, though no key names it, where requests of this one come after it: how
   * long it is, and whether there is anything, is told before it is.
   */
  private toldElsewhere(own: readonly Recall[], contexts: readonly Context[]): readonly Recall[] {
    const groups = new Set(own.map(({ group }) => group));
    this.told ??= this.toldOf();
    return this.told.filter(
      (one) => !groups.has(one.group) && contexts.filter((context) => recall(one, context, take)).length >= LEAST_AFTER,
    );
  }

  private toldOf(): Recall[] {
    const told = new Map<number, Recall[]>();
    for (const contexts of this.asked()) {
      const unnamed = findUnnamed(contexts, new Set());
      if (unnamed.length === 0) continue;
      const named = new Set(this.named(contexts).map(({ group }) => group));
      for (const { group } of unnamed)
        if (!named.has(group))
          told.set(
            group,
            unnamed.filter((one) => one.group === group),
          );
    }
    return [...told.values()].slice(0, MOST_TOLD).flat();
  }

  /** The regions with which all classes of a group begin; null where there are none. */
  regionsOf(group: number): readonly Region[] | null {
    let known = this.heads.get(group);
    if (known === undefined) {
      known = commonHead(this.groupings.filter((g) => g.group === group).map((g) => g.regions));
      this.heads.set(group, known);
    }
    return known;
  }
}

/** The same recall of what is not over: what was done there lasts as long as the connection. */
function asOpen(one: Recall): Recall {
  return { ...one, open: true };
}

/**
 * Whether some requests come after something about the same thing in a session that is over, and others after such a thing
 * in one that is not: then it may matter which.
 */
function isOfConnections(one: Recall, contexts: readonly Context[]): boolean {
  if (one.ahead !== undefined) return false;
  const open = asOpen(one);
  let [over, still] = [0, 0];
  for (const context of contexts) {
    const found = recall(open, context, take);
    if (found) still++;
    if (found !== recall(one, context, take)) over++;
  }
  return Math.min(over, still) >= LEAST_OVER;
}
