/**
 * Where a request leads that is like none seen [new]: where the others led that were said there.
 *
 * After a question such as a login's, whatever is said gets the same kind of answer. So every transition that leaves
 * the present state says what it would answer to this very request, and the answer with the most samples is given.
 * States whose answers end alike asked the same question, and count as one.
 */
import { toLatin1 } from '../bytes/bytes.js';
import { produce, render, type Context } from '../model/meaning.js';
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
/** … or so many samples of one and the same request, and this share. */
const SURE_SAMPLES = 5;
const SURE_SHARE = 0.9;

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
    const votes = new Map<string, Votes>();
    let all = 0;
    for (const transition of (this.leaving[state] ?? []).slice(0, MOST_ASKED)) {
      const way = this.way(transition, asked.request);
      if (!way) continue;
      const said = [...context.said];
      said[context.at] = { ...asked, class: way.class, edges: way.edges };
      const key = answerTo({ ...context, said, port: () => null }, way.state);
      all += transition.samples;
      if (key === null) continue;
      const example = toLatin1(this.service.classes[transition.class]?.example ?? new Uint8Array(0));
      const distinct = this.service.classes[transition.class]?.distinct ?? 1;
      const known = votes.get(key) ?? { way, requests: new Set<string>(), samples: 0 };
      known.samples += transition.samples;
      for (let i = 0; i < Math.min(distinct, 2); i++) known.requests.add(`${i} ${example}`);
      votes.set(key, known);
    }
    const [best] = [...votes.values()].sort((a, b) => b.samples - a.samples);
    if (!best) return null;
    const isSure = best.samples >= SURE_SAMPLES && best.samples >= all * SURE_SHARE;
    const isUsual = best.samples >= LEAST_SAMPLES && best.requests.size > 1 && best.samples >= all * SHARE;
    return isSure || isUsual ? best.way : null;
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
