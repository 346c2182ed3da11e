/**
 * New activities: like unknown requests in one group, so that a thousand probes are one line [new].
 *
 * A group begins with one request as its template. Each request that joins leaves in the template what it
 * shares with it. So a group comes to know what varies, as region analysis does [05 §2.4.2], at a cost that
 * is bounded for each request.
 */
import type { ServiceModel } from '../model/types.js';
import { serviceName } from '../model/names.js';
import { stableId } from './paths.js';
import { ANY, align, isWord, sketch, weightAt } from './sketch.js';
import type { Token } from './sketch.js';

/** Two requests are alike when they share this part of their weight, … */
const ALIKE = 0.4;
/** … or this part, when they begin with the same word that known requests do not have, … */
const ALIKE_LED = 0.15;
/** … and this part, when they begin with different ones; … */
const ALIKE_OTHERWISE = 0.7;
/** … or when this part of what a template still holds is in the request, … */
const FITS = 0.8;
/** … as long as a template holds this part of its first sample's weight. */
const HELD = 0.25;
/** Groups of one service; whatever comes then belongs to the last one, which says so. */
const MOST_GROUPS = 128;
/** Sketches whose group is remembered. */
const MOST_REMEMBERED = 4096;
/** Weight of a token that every known request has. */
const COMMONPLACE = 0.15;

/** A group of like requests. */
export interface Group {
  readonly id: string;
  readonly service: string;
  /** What its requests have in common. */
  tokens: readonly Token[];
  /** Weight of the first sample: below a part of it the template says nothing. */
  readonly weight: number;
  /** Everything that came when there were too many groups. */
  readonly isRest: boolean;
}

/** How common tokens are among the known requests of a service, 0…1. */
type Shares = ReadonlyMap<Token, number>;

function sharesOf(service: ServiceModel): Shares {
  const counts = new Map<Token, number>();
  for (const { example } of service.classes)
    for (const token of new Set(sketch(example))) counts.set(token, (counts.get(token) ?? 0) + 1);
  const all = Math.max(3, service.classes.length);
  return new Map([...counts].map(([token, n]) => [token, n / all]));
}

/** The first word that says what a request does: not one that most known requests have; undefined: there is none. */
function leadOf(tokens: readonly Token[], weights: readonly number[]): Token | undefined {
  return tokens.find((token, at) => isWord(token) && (weights[at] ?? 0) >= weightAt(token, at) / 2);
}

const total = (weights: readonly number[]): number => weights.reduce((sum, weight) => sum + weight, 0);

function parsed(text: string): Pick<Group, 'tokens' | 'weight' | 'isRest'> | null {
  try {
    const { tokens, weight, isRest } = JSON.parse(text) as Partial<Record<string, unknown>>;
    if (!Array.isArray(tokens) || typeof weight !== 'number') return null;
    return { tokens: tokens.map(String), weight, isRest: isRest === true };
  } catch {
    return null;
  }
}

/** What is compared: tokens with their weights, computed once. */
interface Weighed {
  readonly tokens: readonly Token[];
  readonly weights: readonly number[];
  readonly total: number;
  readonly lead: Token | undefined;
}

interface Kept {
  readonly group: Group;
  weighed: Weighed;
}

/** Finds the group of an unknown request, or begins one. */
export class Activities {
  readonly #shares = new Map<string, Shares>();
  readonly #groups = new Map<string, Kept[]>();
  readonly #remembered = new Map<string, Group>();

  constructor(services: readonly ServiceModel[]) {
    this.takeModel(services);
  }

  /** The model was refined: what is common among known requests is another thing now. */
  takeModel(services: readonly ServiceModel[]): void {
    this.#shares.clear();
    for (const service of services) this.#shares.set(serviceName(service), sharesOf(service));
    for (const [service, kept] of this.#groups)
      for (const each of kept) each.weighed = this.#weigh(service, each.group.tokens);
  }

  /** A group as a text that {@link Activities.restore} takes. */
  save({ tokens, weight, isRest }: Group): string {
    return JSON.stringify({ tokens, weight, isRest });
  }

  /** A group from an earlier run; a text that is none is passed over. */
  restore(id: string, service: string, saved: string): void {
    const group = parsed(saved);
    if (group && this.#of(service).length <= MOST_GROUPS) this.#add({ id, service, ...group });
  }

  /** @returns the group; `isNew`: it began with this request; `changed`: its template did */
  find(service: string, request: Uint8Array): { group: Group; isNew: boolean; changed: boolean } {
    const tokens = sketch(request);
    const key = `${service} ${tokens.join('\0')}`;
    const known = this.#remembered.get(key);
    if (known) return { group: known, isNew: false, changed: false };
    const found = this.#join(service, this.#weigh(service, tokens));
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, found.group);
    return found;
  }

  #of(service: string): Kept[] {
    const known = this.#groups.get(service);
    if (known) return known;
    const groups: Kept[] = [];
    this.#groups.set(service, groups);
    return groups;
  }

  #add(group: Group): void {
    this.#of(group.service).push({ group, weighed: this.#weigh(group.service, group.tokens) });
  }

  #weigh(service: string, tokens: readonly Token[]): Weighed {
    const shares = this.#shares.get(service);
    const weights = tokens.map((token, at) => {
      const share = Math.min(1, shares?.get(token) ?? 0);
      return weightAt(token, at) * (1 - (1 - COMMONPLACE) * share);
    });
    return { tokens, weights, total: total(weights), lead: leadOf(tokens, weights) };
  }

  #join(service: string, request: Weighed): { group: Group; isNew: boolean; changed: boolean } {
    const groups = this.#of(service);
    let best: Kept | null = null;
    let bestScore = 0;
    const present = new Set(request.tokens);
    for (const kept of groups) {
      if (kept.group.isRest) continue;
      const score = scoreOf(kept, request, present, bestScore);
      if (score <= bestScore) continue;
      best = kept;
      bestScore = score;
    }
    if (best) return { group: best.group, isNew: false, changed: this.#narrow(best, request) };
    const isRest = groups.length >= MOST_GROUPS;
    const last = groups.at(-1)?.group;
    if (isRest && last?.isRest === true) return { group: last, isNew: false, changed: false };
    const { tokens } = request;
    const id = stableId('unknown', service, isRest ? '' : tokens.join('\0'));
    const group: Group = { id, service, tokens: isRest ? [ANY] : tokens, weight: request.total, isRest };
    this.#add(group);
    return { group, isNew: true, changed: false };
  }

  /** What differs is masked, unless too little would be left. */
  #narrow(kept: Kept, request: Weighed): boolean {
    const { group, weighed } = kept;
    const shared = new Set(align(weighed, request).pairs.map(([at]) => at));
    const narrowed = this.#weigh(
      group.service,
      group.tokens.map((token, at) => (shared.has(at) ? token : ANY)),
    );
    if (narrowed.total < HELD * group.weight || narrowed.tokens.every((token, at) => token === group.tokens[at]))
      return false;
    group.tokens = narrowed.tokens;
    kept.weighed = narrowed;
    return true;
  }
}

/** How alike a request and a group are, above the bounds; 0: not alike. Without alignment where that can not be more than `least`. */
function scoreOf({ group, weighed }: Kept, request: Weighed, present: ReadonlySet<Token>, least: number): number {
  const both = request.total + weighed.total;
  if (both === 0) return request.tokens.length === weighed.tokens.length ? 1 : 0;
  const areLed = request.lead !== undefined && weighed.lead !== undefined;
  const enough = areLed ? (request.lead === weighed.lead ? ALIKE_LED : ALIKE_OTHERWISE) : ALIKE;
  const judge = (shared: number): number => {
    const score = (2 * shared) / both;
    if (score >= enough) return score;
    return shared >= FITS * weighed.total && weighed.total >= HELD * group.weight
      ? (ALIKE * shared) / weighed.total
      : 0;
  };
  // No alignment weighs more than the tokens that both have.
  let most = 0;
  for (let at = 0; at < weighed.tokens.length; at++)
    if (present.has(weighed.tokens[at] ?? ANY)) most += weighed.weights[at] ?? 0;
  if (judge(most) <= least) return 0;
  return judge(align(weighed, request).weight);
}
