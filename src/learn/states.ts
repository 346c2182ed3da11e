/**
 * The states of a machine in the making: for every group of classes the answers that explain its samples,
 * and the trees that lead a request to one of them [05 §2.3, 06 §4.1].
 */
import { EMPTY } from '../bytes/bytes.js';
import type { Context, Said } from '../model/meaning.js';
import type { AnswerMessage, Choice, Recall, Region, State } from '../model/types.js';
import { borrow, provenRules, type Proven } from './answers/borrow.js';
import { cover, type Variant } from './answers/cover.js';
import { withEchoes } from './answers/echo.js';
import { explains } from './answers/explains.js';
import { paddedIn } from './answers/padding.js';
import type { Sample } from './answers/sample.js';
import { withWriters, type Table } from './answers/lookups/table.js';
import { withOptimism } from './answers/optimistic.js';
import type { Beside } from './answers/key-names.js';
import { finish } from './answers/settle.js';
import { Questions } from './answers/unknown.js';
import { familiesIn, type Without } from './answers/without.js';
import { choose, type Pool } from './choices/choices.js';
import type { Grouping } from './classes/classes.js';
import { Endings, endOf, endsOf, mayEnd } from './choices/endings.js';
import { keyOf, type Ending, type Exchange } from './dialogs/exchanges.js';
import { fieldsOf } from './classes/fields.js';
import { identities } from './choices/identities.js';
import { Idle, type OwnPlaces } from './choices/idle.js';
import { ownLines } from './classes/own-lines.js';
import { once } from './kept.js';
import type { MachineOptions } from './options.js';
import { Recalled } from './choices/recalled.js';
import { believed, NO_TREE, roteOf, withRote, type Selected, type Told } from './choices/rote.js';
import type { Row, Writable } from './rows.js';
import { classesOf, contextOf, isGuess, toSample, type Spot } from './spots.js';
import type { Shared } from './shared.js';
import { median, spread } from './spread.js';
import { transitionsIn } from './choices/transitions.js';
import { Vocabulary } from './vocabulary.js';

/** Samples of one class that answers are learned from; more are only counted. */
const MOST_SAMPLES = 160;
/** The same for a first look, which only has to tell kinds of answers apart. */
const MOST_AT_FIRST = 60;
/** So few samples do not show by themselves what one client alone is told. */
const FEW = 8;

/** A state in the making. */
interface Draft {
  readonly classes: readonly number[];
  readonly variant: Variant;
  readonly samples: readonly Sample[];
  count: number;
}

/** What the machine has already: classes and states whose numbers are taken, and rules that are proven. */
export interface Known {
  readonly classes: number;
  readonly states: number;
  readonly proven: readonly Proven[];
}

const NOTHING_SHARED: Shared = { tables: [], seal: null };

const NOTHING_KNOWN: Known = { classes: 0, states: 0, proven: [] };

/** Grows the states of one machine. */
export class StateBuilder {
  private readonly groupings: readonly Grouping[];
  private readonly rows: readonly Row[];
  private readonly options: MachineOptions;
  private readonly without: Without;
  private readonly remarks: string[];
  private readonly final: boolean;
  private readonly known: Known;
  private readonly drafts: Draft[] = [];
  private readonly pools: Pool[] = [];
  private readonly spots = new Map<number, Spot[]>();
  private readonly single: ReadonlySet<number>;
  private readonly recalls: Recalled;
  private readonly tables: readonly Table[];
  private readonly shared: Omit<Shared, 'tables'>;
  private readonly vocabulary: Vocabulary;
  private readonly identities: ReadonlySet<number>;
  private readonly own: OwnPlaces;
  private readonly byRote: Told[] = [];
  private readonly endings = new Endings(() =>
    [...this.spots.values()].flatMap((spots) => spread(spots, MOST_AT_FIRST).map(toSample)),
  );

  constructor(
    groupings: readonly Grouping[],
    rows: readonly Row[],
    options: MachineOptions,
    remarks: string[],
    final: boolean,
    known: Known = NOTHING_KNOWN,
    { tables, ...shared }: Shared = NOTHING_SHARED,
  ) {
    this.groupings = groupings;
    this.rows = rows;
    this.options = options;
    this.without = familiesIn(options.without);
    this.remarks = remarks;
    this.final = final;
    this.known = known;
    this.vocabulary = new Vocabulary(final ? rows.map((row) => row.dialog) : []);
    this.identities = final ? identities(rows.map((row) => row.said)) : new Set();
    const asked = () => [...this.spots.values()].map((spots) => spread(spots, MOST_AT_FIRST).map(contextOf));
    this.own = final ? once(ownLines(rows.map((row) => row.dialog))) : () => [];
    this.recalls = new Recalled(groupings, this.vocabulary, this.identities, asked, this.own);
    this.single = new Set(
      this.grouped(0)
        .filter((g) => g.length === 1)
        .map(([id]) => groupings[id ?? 0]?.group ?? -1),
    );
    this.shared = shared;
    this.tables = tables.map((table) => withWriters(table, rows));
    for (const row of rows) {
      row.said.forEach((said, at) => {
        if (at === 0) return;
        const spots = this.spots.get(said.class);
        if (spots) spots.push({ row, at });
        else this.spots.set(said.class, [{ row, at }]);
      });
    }
  }

  /** The classes of each group that is not known yet. */
  groups(): number[][] {
    return this.grouped(this.known.classes, (grouping) => grouping.with ?? grouping.group);
  }

  private grouped(from: number, numberOf = ({ group }: Grouping): number => group): number[][] {
    const groups = new Map<number, number[]>();
    this.groupings.forEach((grouping, id) => {
      if (id < from) return;
      const group = numberOf(grouping);
      const known = groups.get(group);
      if (known) known.push(id);
      else groups.set(group, [id]);
    });
    return [...groups.values()];
  }

  /** State 0: what most servers said when a session was opened. */
  opening(): void {
    const spots = this.rows.map((row) => ({ row, at: 0 }));
    const { found } = this.cover([], spots);
    const first = found.sort((a, b) => b.variant.members.length - a.variant.members.length)[0];
    if (!first) return;
    first.count = spots.length;
    this.drafts.push(first);
    for (const { row } of spots) if (row.said[0]) row.said[0].state = 0;
  }

  /**
   * The states of one group of classes: learned from all of them together, or from each class alone
   * where the regions of the classes say more than the larger number of samples does.
   */
  answersOf(group: readonly number[]): void {
    // what was only ever sent without waiting has no answer of its own, and must not take another class's
    const guessed = group.filter((id) => (this.spots.get(id) ?? []).every((spot) => isGuess(spot)));
    if (guessed.length > 0 && guessed.length < group.length) {
      this.answersOf(group.filter((id) => !guessed.includes(id)));
      this.answersOf(guessed);
      return;
    }
    const together = this.cover(group, this.samplesOf(group));
    if (group.length > 1) {
      const apart = group.map((id) => ({ id, ...this.cover([id], this.samplesOf([id])) }));
      if (apart.reduce((sum, a) => sum + a.cost, 0) < together.cost) {
        for (const { id, found } of apart) this.add([id], found);
        return;
      }
    }
    this.add(group, together.found);
  }

  /** States of a known class for some of its samples; which of them get there is told elsewhere. */
  answersOfSpots(id: number, spots: readonly Spot[]): void {
    if (spots.length === 0) return;
    for (const { row, at } of spots) if (row.said[at]) row.said[at].state = -1;
    this.add([id], this.cover([id], spots).found);
  }

  /** Where the classes were asked; pipelined requests only when there are no others. */
  private samplesOf(classes: readonly number[]): Spot[] {
    const all = classes.flatMap((id) => this.spots.get(id) ?? []);
    const sure = all.filter(({ row, at }) => row.dialog.exchanges[at]?.pipelined === false);
    const known = new Set(sure.map(({ row, at }) => keyOf(row.said[at]?.request ?? EMPTY)));
    // a request that was only ever pipelined is better learned from with its doubtful answer than not at all
    return sure.length * 2 > all.length
      ? [...sure, ...all.filter(({ row, at }) => !known.has(keyOf(row.said[at]?.request ?? EMPTY)))]
      : sure.length > 0
        ? sure
        : all;
  }

  private add(classes: readonly number[], drafts: readonly Draft[]): void {
    const found = [...drafts].sort((a, b) => b.variant.members.length - a.variant.members.length);
    const room = Math.max(1, this.options.maxStates - this.count());
    if (found.length > room) {
      this.remarks.push(
        `${found.length - room} states were left out: more than ${this.options.maxStates} (--max-states).`,
      );
      found.length = room;
    }
    const pool: Pool = { classes, states: [] };
    this.pools.push(pool);
    for (const draft of found) {
      const state = this.count();
      this.drafts.push(draft);
      pool.states.push(state);
      for (const member of draft.variant.members) {
        const context = draft.samples[member]?.context;
        const said = context?.said[context.at] as Writable<Said> | undefined;
        if (said) said.state = state;
      }
    }
  }

  /** How many states there are, those known before included. */
  count(): number {
    return this.known.states + this.drafts.length;
  }

  private draft(state: number): Draft | undefined {
    return this.drafts[state - this.known.states];
  }

  /** Every variant found so far with the samples that it was found in. */
  variants(): readonly { readonly variant: Variant; readonly samples: readonly Sample[] }[] {
    return this.drafts;
  }

  /**
   * Which of `variants` an exchange is a sample of, or is explained by where it was one too many to learn from; -1:
   * of none, null: that is not known.
   */
  variantOf(row: Row, at: number): number | null {
    const { state = -1, class: id = -1 } = row.said[at] ?? {};
    const exchange = row.dialog.exchanges[at];
    if (state >= 0 || !exchange || (this.spots.get(id)?.length ?? 0) <= MOST_AT_FIRST) return state - this.known.states;
    const pool = this.pools.find(({ classes }) => classes.includes(id));
    const found = this.explaining(pool?.states ?? [], row, at, exchange);
    return found === undefined ? null : found - this.known.states;
  }

  private cover(classes: readonly number[], spots: readonly Spot[]): { found: Draft[]; cost: number } {
    const samples = spread(spots, this.final ? MOST_SAMPLES : MOST_AT_FIRST)
      .map(toSample)
      .filter((s) => s !== null);
    const recalls = this.options.links === 'all' && !this.without.has('recall') ? this.recallsOf(classes, samples) : [];
    const field = this.options.framing?.answers;
    const own = classes.length === 1;
    const clients = new Set(samples.map(({ context }) => context.environment.client.address));
    // where all samples are one client's, nothing can be held against what it is told
    const bySource = samples.length <= FEW && clients.size > 1 && this.vocabulary.hasSeveral;
    const shared = { tables: this.tables, ...this.shared, bySource, ...(field ? { field } : {}) };
    const use = { own, groups: this.single, recalls, rough: !this.final, ...shared };
    const { variants, cost } = cover(samples, this.options.links, use, this.final, this.without);
    const ended = this.final ? variants.flatMap((variant) => this.endings.parted(variant, samples)) : variants;
    return { found: ended.map((variant) => ({ classes, variant, samples, count: variant.members.length })), cost };
  }

  /**
   * What earlier exchanges the requests of some classes name; a first look does without.
   *
   * @param beside what is known of the classes beside these samples, where they are not new
   */
  recallsOf(
    classes: readonly number[],
    samples: readonly Pick<Sample, 'context'>[],
    beside?: Beside,
  ): readonly Recall[] {
    if (!this.final || classes.length === 0) return [];
    const contexts = samples.map((s) => s.context);
    return this.recalls.of(classes, contexts, beside);
  }

  /** Exchanges that were too many to learn from, or pipelined: the state whose answer explains them. */
  placeOthers(): void {
    for (const { classes, states } of this.pools) {
      if (classes.some((id) => id < this.known.classes)) continue;
      for (const { row, at } of classes.flatMap((id) => this.spots.get(id) ?? [])) {
        const said = row.said[at];
        const exchange = row.dialog.exchanges[at];
        if (!said || !exchange || said.state >= 0) continue;
        said.state = this.stateFor(states, row, at, exchange);
        const draft = this.draft(said.state);
        if (draft) draft.count++;
      }
    }
  }

  private stateFor(states: readonly number[], row: Row, at: number, exchange: Exchange): number {
    if (states.length <= 1 || exchange.pipelined) return states[0] ?? -1;
    return this.explaining(states, row, at, exchange) ?? states[0] ?? -1;
  }

  /** The first of some states whose answer explains an exchange. */
  private explaining(states: readonly number[], row: Row, at: number, exchange: Exchange): number | undefined {
    const context = contextOf({ row, at });
    return states.find((state) => {
      const draft = this.draft(state);
      return (
        draft !== undefined &&
        mayEnd(this.endOf(draft), exchange.close) &&
        explains(draft.variant.messages, context, exchange.messages)
      );
    });
  }

  /** The places of the drafts that say nothing. */
  private silent(): Set<number> {
    return new Set(this.drafts.flatMap(({ variant }, i) => (variant.messages.every((m) => m.length === 0) ? [i] : [])));
  }

  private readonly endOf = once((draft: Draft): Ending => endOf(this.endingsOf(draft)));

  private endingsOf({ variant, samples }: Draft): Ending[] {
    return variant.members.map((m) => samples[m]?.close ?? 'untold');
  }

  /** For each class the tree that leads its requests to one of the states of its pool. */
  selects(): Map<number, Choice<number>> {
    const idle = new Idle(
      this.rows.flatMap(({ said }) => said.slice(1)),
      this.own,
    );
    const pools = this.pools.filter(({ classes }) => !classes.some((id) => id < this.known.classes));
    const found = pools.map((pool) => this.chosen(pool, idle));
    const isKnown = believed(found.map(({ tally }) => tally));
    return new Map(
      pools.flatMap(({ classes }, i) => {
        const { tree, told } = found[i] ?? NO_TREE;
        if (isKnown[i] === true) this.byRote.push(...told);
        const select = isKnown[i] === true ? withRote(tree, told) : tree;
        return classes.map((id) => [id, select] as const);
      }),
    );
  }

  private chosen(pool: Pool, idle: Idle): Selected {
    const placed = this.samplesOf(pool.classes).filter(({ row, at }) => (row.said[at]?.state ?? -1) >= 0);
    const { groupings, tables, recalls, vocabulary, identities, final } = this;
    const messagesOf = (state: number) => this.draft(state)?.variant.messages ?? [];
    const mayRote = final && this.options.links === 'all' && !this.without.has('rote');
    const told = { groupings, tables, recalls, vocabulary, identities, idle, final, mayRote, states: this.count() };
    return choose(pool, placed, { ...told, messagesOf });
  }

  /** The regions of a class; null for several, whose regions are not the same. */
  private regionsOf(classes: readonly number[]): readonly Region[] | null {
    return classes.length === 1 ? (this.groupings[classes[0] ?? 0]?.regions ?? null) : null;
  }

  states(): State[] {
    const transitions = transitionsIn(this.rows);
    const proven =
      this.options.links === 'none' || this.without.has('borrowed')
        ? []
        : [
            ...provenRules(
              this.drafts.map((d) => ({ ...d, regions: this.regionsOf(d.classes) })),
              this.without,
            ),
            ...this.known.proven,
          ];
    if (this.count() === 0)
      return [{ id: 0, classes: [], answer: [], close: 'stay', samples: 0, confidence: 0, transitions: [] }];
    const ends = endsOf(
      this.drafts.map((draft) => this.endingsOf(draft)),
      this.silent(),
    );
    const padded = paddedIn(this.drafts.flatMap(({ variant }) => variant.messages));
    return this.drafts.map((draft, i) => {
      const id = this.known.states + i;
      const members = draft.variant.members;
      const samples = members.map((m) => draft.samples[m]).filter((s) => s !== undefined);
      const end = ends[i] ?? 'stay';
      const questions = new Questions(
        samples.map((s) => s.context),
        // of several classes that are answered together only one may be answered so
        fieldsOf(this.groupings, classesOf(samples)),
        this.count(),
        {
          recalls: this.recalls.known(draft.classes) ?? [],
          words: this.vocabulary,
          identities: this.identities,
          regionsOf: (group) => this.recalls.regionsOf(group),
        },
      );
      const answer = draft.variant.messages.map((drafts, m): AnswerMessage => {
        const fresh = samples[0]?.freshPort[m] ?? false;
        return {
          pieces: finish(
            this.told(draft, drafts, questions.contexts, proven, m === 0 || !this.options.framing?.answers),
            questions,
            this.options.links,
            this.without,
            padded,
          ),
          ...(fresh ? { freshPort: true } : {}),
          ...(samples[0]?.afterData?.[m] === true ? { afterData: true } : {}),
          delay: median(samples.map((s) => s.delays[m] ?? 0)),
        };
      });
      return {
        id,
        classes: draft.classes,
        answer: answer.filter((m) => m.pieces.length > 0),
        close: end === 'untold' ? 'stay' : end,
        ...roteOf(this.byRote, id),
        samples: draft.count,
        confidence: members.length,
        transitions: transitions.get(id) ?? [],
      };
    });
  }

  /**
   * Drafts of a message with what the rest of the service, and the request itself, tell of them.
   *
   * @param answers whether it answers the request, and gives back what that was known by: a message behind such a
   *   one is another matter, and has a name of its own
   */
  private told(
    { classes }: Draft,
    drafts: Variant['messages'][number],
    contexts: readonly Context[],
    proven: readonly Proven[],
    answers: boolean,
  ): Variant['messages'][number] {
    const regions = this.regionsOf(classes);
    const recalls = this.recalls.known(classes) ?? [];
    const borrowed = borrow(drafts, contexts, proven);
    if (this.options.links !== 'all') return borrowed;
    const hoped = this.without.has('optimistic')
      ? borrowed
      : withOptimism(borrowed, contexts, { own: regions !== null, groups: this.single, recalls }, this.vocabulary);
    if (this.without.has('echo') || !answers) return hoped;
    return withEchoes(hoped, contexts, (id) => this.groupings[id]?.regions ?? [], regions);
  }
}
