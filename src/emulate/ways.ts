/**
 * Where a request leads that is like none seen [new]: where the others led that were said there.
 *
 * After a question such as a login's, whatever is said gets the same kind of answer. So every transition that leaves
 * the present state says what it would answer to this very request, and the answer with the most samples is given.
 * States whose answers end alike asked the same question, and count as one. Where nothing was asked, requests that all
 * begin with one word say nothing of those that begin with another one.
 */
import { EMPTY, toLatin1 } from '../bytes/bytes.js';
import { endOfWord, produce, render, type Context } from '../model/meaning.js';
import { promptOfState } from '../model/prompt.js';
import { isSignal } from '../model/signals.js';
import type { ServiceModel, State, Transition } from '../model/types.js';
import { roughEdges } from './match.js';

/** Literal bytes at the end of an answer that tell what it asks for. */
const QUESTION = 8;
const LEAST_QUESTION = 4;
/** Transitions that are asked, those with the most samples. */
const MOST_ASKED = 24;
/** Longer requests are not tried. */
const LONGEST = 4096;
/** An answer is given when so many samples of different requests, and this share of all, agree on it … */
const LEAST_SAMPLES = 3;
const SHARE = 0.6;
/** … or, where something was asked, so many samples of one and the same request, and this share. */
const SURE_SAMPLES = 5;
const SURE_SHARE = 0.9;

/** A request with no more samples was hardly ever seen. */
const RARE = 2;

/** A state to go to, and where the regions of its class are taken to lie. */
export interface Way {
  readonly state: State;
  readonly class: number;
  readonly edges: Int32Array;
}

interface Votes {
  readonly way: Way;
  readonly requests: Set<string>;
  samples: number;
}

export class Ways {
  private readonly service: ServiceModel;
  /** For each state the transitions that leave it or one alike. */
  private readonly leaving: readonly (readonly Transition[])[];

  constructor(service: ServiceModel) {
    this.service = service;
    // what was learned later does not make it less sure
    const learned = service.layers?.[0]?.states ?? Infinity;
    const signals = new Set(service.classes.flatMap(({ id, example }) => (isSignal(example) ? [id] : [])));
    const alike = new Map<string, Transition[]>();
    const keys = service.states.map((state) => questionOf(state) ?? `${state.id}`);
    service.states.forEach((state, i) => {
      const known = alike.get(keys[i] ?? '');
      const transitions = state.transitions.filter(({ to, class: id }) => to < learned && !signals.has(id));
      if (known) known.push(...transitions);
      else alike.set(keys[i] ?? '', transitions);
    });
    for (const transitions of alike.values()) transitions.sort((a, b) => b.samples - a.samples || a.to - b.to);
    this.leaving = keys.map((key) => alike.get(key) ?? []);
  }

  /**
   * The way that most requests went that were said in a state, or null where there is none.
   *
   * @param context the session with the unknown request as its last
   */
  of(state: number, context: Context): Way | null {
    const asked = context.said[context.at];
    if (!asked || asked.request.length > LONGEST) return null;
    const at = this.service.states[state];
    const isAsked = at !== undefined && promptOfState(at).length > 0;
    const leaving = (this.leaving[state] ?? []).slice(0, MOST_ASKED);
    const { best, all } = this.vote(leaving, asked, context, isAsked);
    if (!best) return null;
    const isSure = isAsked && best.samples >= SURE_SAMPLES && best.samples >= all * SURE_SHARE;
    const isUsual = best.samples >= LEAST_SAMPLES && best.requests.size > 1 && best.samples >= all * SHARE;
    return isSure || isUsual ? best.way : null;
  }

  /**
   * The way that seldom requests went: what was never seen is most like what was hardly ever seen. Several different ones
   * have to agree, as they do where a capture has what scanners say beside what clients do.
   */
  seldom(state: number, context: Context): Way | null {
    const asked = context.said[context.at];
    if (!asked || asked.request.length > LONGEST) return null;
    const rare = (this.leaving[state] ?? []).filter(({ samples }) => samples <= RARE).slice(0, MOST_ASKED);
    const { best, all } = this.vote(rare, asked, context, false);
    return best && best.requests.size >= LEAST_SAMPLES && best.samples >= all * SHARE ? best.way : null;
  }

  /** What transitions would answer to what was asked: the answer with the most samples, and how many samples there are. */
  private vote(
    transitions: readonly Transition[],
    asked: Context['said'][number],
    context: Context,
    isAsked: boolean,
  ): { readonly best: Votes | null; readonly all: number } {
    const votes = new Map<string, Votes>();
    let all = 0;
    for (const transition of transitions) {
      const way = this.way(transition, asked.request);
      if (!way) continue;
      const said = [...context.said];
      said[context.at] = { ...asked, class: way.class, edges: way.edges };
      const key = answerTo({ ...context, said, port: () => null }, way.state);
      all += transition.samples;
      if (key === null) continue;
      const known = votes.get(key) ?? { way, requests: new Set<string>(), samples: 0 };
      known.samples += transition.samples;
      for (const one of this.requestsOf(transition, isAsked)) known.requests.add(one);
      votes.set(key, known);
    }
    const [best = null] = [...votes.values()].sort((a, b) => b.samples - a.samples);
    return { best, all };
  }

  /** The different requests of a transition, two of them at most: one, where all begin with the same word and none was asked for. */
  private requestsOf({ class: id }: Transition, isAsked: boolean): readonly string[] {
    const of = this.service.classes[id];
    if (!of) return [];
    const example = toLatin1(of.example);
    const first = of.regions[0]?.kind === 'fixed' ? of.regions[0].bytes : EMPTY;
    const end = endOfWord(first, 0);
    if (!isAsked && end > 1 && end < first.length) return [toLatin1(first.subarray(0, end))];
    return of.distinct > 1 ? [`0 ${example}`, `1 ${example}`] : [`0 ${example}`];
  }

  private way({ class: id, to }: Transition, request: Uint8Array): Way | null {
    const of = this.service.classes[id];
    const state = this.service.states[to];
    return of && state ? { state, class: id, edges: roughEdges(of.regions, request) } : null;
  }
}

/** What a state would answer, as a text that is the same for the same answer; null where the request lacks what its rules need. */
function answerTo(context: Context, state: State): string | null {
  const lacks = state.answer.some(({ pieces }) =>
    pieces.some(
      (piece) => piece.kind === 'rule' && 'span' in piece.rule && produce(piece.rule, context, () => 0) === null,
    ),
  );
  if (lacks) return null;
  return `${state.close} ${state.answer.map(({ pieces }) => toLatin1(render(pieces, context, () => 0))).join('\u0100')}`;
}

function questionOf({ answer, close }: State): string | null {
  const last = answer.at(-1)?.pieces.at(-1);
  if (last?.kind !== 'literal' || last.bytes.length < LEAST_QUESTION || close !== 'stay') return null;
  return toLatin1(last.bytes.subarray(-QUESTION));
}
