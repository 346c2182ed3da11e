/** What a finished machine proves, for answers with too few samples to prove anything themselves [new]. */
import type { Piece, Region, ServiceModel } from '../../model/types.js';
import { provenRules, type Proven } from '../answers/borrow.js';
import type { Draft } from '../answers/draft.js';
import { TO_THE_END } from '../answers/draft.js';

/** Rules of a finished machine that several samples prove. */
export function provenIn(service: ServiceModel): Proven[] {
  return provenRules(
    service.states.map((state) => ({
      variant: {
        members: Array.from({ length: Math.min(state.confidence, 8) }, (_, i) => i),
        messages: state.answer.map(({ pieces }) => pieces.map((piece, i) => asDraft(piece, i, pieces.length))),
      },
      samples: [],
      regions: regionsOf(service, state.classes),
    })),
  );
}

function regionsOf(service: ServiceModel, classes: readonly number[]): readonly Region[] | null {
  return classes.length === 1 ? (service.classes[classes[0] ?? -1]?.regions ?? null) : null;
}

function asDraft(piece: Piece, index: number, count: number): Draft {
  if (piece.kind === 'literal') return piece;
  const { rule, support, example } = piece;
  // no values: how wide it is can not be told, but where the rule itself says so
  const values = hasWidth(piece) ? [example] : [];
  const isRest = rule.kind === 'length' && rule.from === index + 1 && rule.to === count - 1;
  if (rule.kind === 'choice' || rule.kind === 'cells') return { kind: 'unknown', values };
  return { kind: 'rule', rule: isRest ? { ...rule, to: TO_THE_END } : rule, values, support, cost: 0 };
}

function hasWidth({ rule }: Piece & { kind: 'rule' }): boolean {
  if (rule.kind === 'made up') return rule.min === rule.max;
  return 'write' in rule && rule.write.kind === 'binary';
}
