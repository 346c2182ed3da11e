/**
 * Answers that give back what was said before about the same thing, where nothing was [new].
 *
 * In few recorded sessions whatever was asked for had been put there before. Then nothing tells how else such a request
 * is answered, and what some client of training had put there is the worst answer of all.
 */
import type { Context } from '../model/context.js';
import { take } from '../model/meaning.js';
import { recall } from '../model/recall.js';
import type { Piece, State } from '../model/types.js';

/** Whether an answer is made of what an earlier exchange said, and there is no such exchange. */
export function lacksEarlier({ answer }: State, context: Context): boolean {
  return answer.some(({ pieces }) => pieces.some((piece) => lacks(piece, context)));
}

function lacks(piece: Piece, context: Context): boolean {
  if (piece.kind !== 'rule' || !('span' in piece.rule)) return false;
  const { of } = piece.rule.span;
  return of.kind === 'recall' && recall(of, context, take) === null;
}
