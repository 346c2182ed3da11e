/** Whether a finished state gives an answer that was recorded. */
import type { Context } from '../../model/meaning.js';
import type { Piece, State } from '../../model/types.js';
import type { Draft } from '../answers/draft.js';
import { explains } from '../answers/explains.js';

/** What differs from one time to the next, and is right all the same. */
const FREE: ReadonlySet<string> = new Set(['made up', 'clock', 'ticks', 'port', 'cells']);

/** True when every message can be read as the pieces of the answer: anything where the server makes something up. */
export function gives({ answer }: State, context: Context, messages: readonly Uint8Array[]): boolean {
  return explains(
    answer.map(({ pieces }) => pieces.map((piece) => asDraft(piece, context))),
    context,
    messages,
  );
}

function asDraft(piece: Piece, { registers }: Context): Draft {
  if (piece.kind === 'literal') return piece;
  if (FREE.has(piece.rule.kind)) return { kind: 'unknown', values: [] };
  const of = 'span' in piece.rule ? piece.rule.span.of : null;
  // what it holds before anybody has told it may be anything
  if (of?.kind === 'register' && !registers?.[of.id]) return { kind: 'unknown', values: [] };
  return { kind: 'rule', rule: piece.rule, values: [], support: piece.support, cost: 0 };
}
