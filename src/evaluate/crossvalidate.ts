/**
 * Cross-validation by conversations: learn from some, play the client side of the others against the
 * emulator in memory, compare with what the real server answered [05 §3.2].
 */
import { seeded } from '../bytes/random.js';
import type { Session } from '../capture/types.js';
import { compile } from '../emulate/index.js';
import { DEFAULTS, learn, relate } from '../learn/index.js';
import type { LearnOptions } from '../learn/index.js';
import { serviceName } from '../model/names.js';
import type { Model, ServiceModel } from '../model/types.js';
import { replayNearest, toRecordings } from './baseline.js';
import { answersHold, blame, type Blame } from './blame.js';
import { type Fold, type FoldedBy, groupBy, isUsable, sampleSessions, serviceOf, split } from './folds.js';
import { Histories } from './histories.js';
import { type Played, exchangesOf, play } from './play.js';
import { type JudgedSession, type Score, judge, sum } from './score.js';
import { type Mask, canVary, masksOf } from './varying.js';

export const DEFAULT_FOLDS = 5;
/** Sessions of one service that are used, unless more are asked for. */
export const DEFAULT_MOST = 300;
/** Misses that are kept with their bytes. */
const MOST_MISSES = 1000;

/** What can stand in a column: what is learned, how the papers would have it, or nothing learned at all. */
export type Column = 'learned' | 'copied links only (2006)' | 'no links (2005)' | 'nearest recording';

export interface EvaluateOptions {
  readonly folds: number;
  readonly most: number;
  /** Also with the papers' links. */
  readonly compare: boolean;
  readonly learn: Partial<LearnOptions>;
}

/** A wrong answer and why it is wrong. */
export interface ExplainedMiss extends Blame {
  readonly session: number;
  readonly exchange: number;
  readonly request: Uint8Array;
  readonly expected: Uint8Array;
  readonly given: Uint8Array;
  readonly similarity: number;
}

export interface ServiceEvaluation {
  readonly service: string;
  /** Sessions that could be used, and those that were: more are left out by lot. */
  readonly usable: number;
  readonly sessions: number;
  readonly sources: number;
  readonly foldedBy: FoldedBy;
  readonly folds: number;
  readonly columns: ReadonlyMap<Column, Score>;
  /** All misses of `learned`, by reason. */
  readonly reasons: ReadonlyMap<string, number>;
  /** Of all misses, those that differ only in bytes in which the real server varies by itself. */
  readonly frozen: number;
  readonly misses: readonly ExplainedMiss[];
}

export interface Evaluation {
  readonly services: readonly ServiceEvaluation[];
  /** Services of which there was too little, and why. */
  readonly leftOut: ReadonlyMap<string, string>;
}

type Show = (stage: string, done: number) => void;

/** What was found out about one service, fold by fold. */
class Tally {
  readonly columns = new Map<Column, JudgedSession[]>();
  readonly reasons = new Map<string, number>();
  readonly misses: ExplainedMiss[] = [];
  frozen = 0;
  folds = 0;

  add(column: Column, session: JudgedSession): void {
    const known = this.columns.get(column);
    if (known) known.push(session);
    else this.columns.set(column, [session]);
  }

  miss(miss: ExplainedMiss): void {
    this.reasons.set(miss.reason, (this.reasons.get(miss.reason) ?? 0) + 1);
    if (miss.isFrozen) this.frozen++;
    if (this.misses.length < MOST_MISSES) this.misses.push(miss);
  }
}

/** How the emulator does on the test sessions of one fold. */
interface Tested {
  readonly session: Session;
  readonly played: readonly Played[];
  readonly masks: readonly Mask[];
  readonly judged: JudgedSession;
}

/** Plays sessions against one service of a model; a service that was not learned answers nothing. */
export function testSessions(service: ServiceModel | undefined, sessions: readonly Session[], seed: number): Tested[] {
  const compiled = service && compile(service);
  const varies = service !== undefined && canVary(service);
  return sessions.map((session) => {
    const isStream = session.transport === 'tcp';
    const own = seed + session.id;
    // how the session comes out again is tried without leaving a trace for the next one
    const before = varies ? compiled?.apart() : undefined;
    const played = compiled ? play(compiled, session, seeded(own)) : replayNearest(session, []);
    const plain = judge(played, [], isStream);
    const isRight = plain.answers.every(({ verdict }) => verdict === 'exact');
    if (isRight || !before) return { session, played, masks: [], judged: plain };
    const masks = masksOf(before, session, played, own);
    return { session, played, masks, judged: judge(played, masks, isStream) };
  });
}

/** Says of each wrong answer why it is wrong. */
function explain(tested: readonly Tested[], service: ServiceModel, training: readonly Session[], tally: Tally): void {
  const known = answersHold(
    training.flatMap(({ messages }) => messages.filter((m) => m.from === 'server').map((m) => m.bytes)),
  );
  const histories = new Histories([...training.map(exchangesOf), ...tested.map(({ played }) => played)]);
  for (const { session, played, judged } of tested) {
    for (const { verdict, index, similarity } of judged.answers) {
      const exchange = played[index];
      if (verdict !== 'wrong' || !exchange) continue;
      const { request, expected, given } = exchange;
      const why = blame({ service, session: played, index, known, varies: histories.varying(played, index) });
      tally.miss({ ...why, session: session.id, exchange: index, request, expected, given, similarity });
    }
  }
}

/** Services of which there are two sessions, and why the others are left out. */
function validated(sessions: readonly Session[]): {
  readonly usable: ReadonlyMap<string, readonly Session[]>;
  readonly leftOut: ReadonlyMap<string, string>;
} {
  const leftOut = new Map<string, string>();
  const usable = groupBy(sessions.filter(isUsable), serviceOf);
  for (const service of groupBy(sessions, serviceOf).keys()) {
    const count = usable.get(service)?.length ?? 0;
    if (count < 2)
      leftOut.set(service, count === 0 ? 'no complete session in which the server speaks' : 'one session only');
  }
  return { usable, leftOut };
}

/** What is learned for each column. */
function columnsOf({ learn: how, compare }: EvaluateOptions): [Column, Partial<LearnOptions>][] {
  const learned: [Column, Partial<LearnOptions>] = ['learned', how];
  if (!compare) return [learned];
  return [
    learned,
    ['copied links only (2006)', { ...how, links: 'copy' }],
    ['no links (2005)', { ...how, links: 'none' }],
  ];
}

type ByService = ReadonlyMap<string, readonly Session[]>;

/** One fold: what is learned from, and what is tested. */
class FoldTest {
  readonly #training: ByService;
  readonly #tests: ByService;
  readonly #tallies: ReadonlyMap<string, Tally>;
  readonly #seed: number;
  /** Where answers may vary, by session: the nearest recording is excused there as well. */
  readonly #masks = new Map<Session, readonly Mask[]>();

  constructor({ training, test }: Fold, tallies: ReadonlyMap<string, Tally>, seed: number) {
    this.#training = groupBy(training, serviceOf);
    this.#tests = groupBy(test, serviceOf);
    this.#tallies = tallies;
    this.#seed = seed;
  }

  /** What a model learned from the fold's training answers. */
  ofModel(model: Model, column: Column): void {
    for (const [name, own] of this.#tests) {
      const tally = this.#tallies.get(name);
      const service = model.services.find((s) => serviceName(s) === name);
      const tested = testSessions(service, own, this.#seed);
      for (const { judged } of tested) tally?.add(column, judged);
      if (column !== 'learned') continue;
      for (const { session, masks } of tested) this.#masks.set(session, masks);
      if (tally) tally.folds++;
      if (tally && service) explain(tested, service, this.#training.get(name) ?? [], tally);
    }
  }

  /** What the nearest recording of the fold's training answers. */
  ofRecordings(): void {
    for (const [name, own] of this.#tests) {
      const recordings = toRecordings(this.#training.get(name) ?? []);
      for (const session of own) {
        const replayed = replayNearest(session, recordings);
        const judged = judge(replayed, this.#masks.get(session) ?? [], session.transport === 'tcp');
        this.#tallies.get(name)?.add('nearest recording', judged);
      }
    }
  }
}

/** Cross-validates every service of which there are two sessions. */
export function crossValidate(
  recorded: readonly Session[],
  options: EvaluateOptions,
  show: Show = () => undefined,
): Evaluation {
  const sessions = relate(recorded);
  const seed = options.learn.seed ?? DEFAULTS.seed;
  const { usable, leftOut } = validated(sessions);
  const sampled = [...usable.values()].flatMap((own) => sampleSessions(own, options.most, seed));
  const { folds, by } = split(sampled, options.folds, seed);
  const tallies = new Map([...by.keys()].map((service) => [service, new Tally()]));
  const columns = columnsOf(options);
  folds.forEach((fold, f) => {
    const test = new FoldTest(fold, tallies, seed);
    columns.forEach(([column, how], c) => {
      const model = learn(fold.training, how, ({ service, done }) =>
        show(`fold ${f + 1} of ${folds.length}: ${service}`, (f + (c + done) / columns.length) / folds.length),
      );
      test.ofModel(model, column);
    });
    test.ofRecordings();
  });
  const services = [...tallies].map(([service, tally]): ServiceEvaluation => {
    const own = sampled.filter((s) => serviceOf(s) === service);
    return {
      service,
      usable: usable.get(service)?.length ?? 0,
      sessions: own.length,
      sources: new Set(own.map((s) => s.client.address)).size,
      foldedBy: by.get(service) ?? 'session',
      folds: tally.folds,
      columns: new Map([...tally.columns].map(([column, judged]) => [column, sum(judged)])),
      reasons: new Map([...tally.reasons].sort(([, a], [, b]) => b - a)),
      frozen: tally.frozen,
      misses: tally.misses,
    };
  });
  return { services: services.sort((a, b) => b.sessions - a.sessions), leftOut };
}
