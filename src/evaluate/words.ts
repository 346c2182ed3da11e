/** Rules and pieces of answers in a phrase, for explanations of misses. */
import { printable } from '../bytes/bytes.js';
import type { Piece, Position, Rule, Source, Span } from '../model/types.js';

function sourceInWords(source: Source): string {
  switch (source.kind) {
    case 'request':
      return source.back === 0 ? 'the request' : `the request ${source.back} before`;
    case 'answer':
      return source.back === 1 ? 'the answer before' : `the answer ${source.back} before`;
    case 'group':
      return `the ${source.which} ${source.side} of group ${source.group}`;
    case 'greeting':
      return 'the greeting';
    case 'environment':
      return `the ${source.what}`;
  }
}

function positionInWords(position: Position): string {
  const { offset } = position;
  const moved = offset === 0 ? '' : offset > 0 ? ` + ${offset}` : ` − ${-offset}`;
  switch (position.kind) {
    case 'start':
      return `byte ${offset}`;
    case 'end':
      return offset === 0 ? 'the end' : `${offset} before the end`;
    case 'region':
      return `the ${position.edge} of region ${position.region}${moved}`;
    case 'marker':
      return `${position.edge === 'start' ? 'before' : 'after'} «${printable(position.bytes, 20)}»${position.nth === 0 ? '' : ` (number ${position.nth})`}${moved}`;
  }
}

function spanInWords({ of, from, to }: Span): string {
  const start = `${sourceInWords(of)} from ${positionInWords(from)}`;
  switch (to.kind) {
    case 'width':
      return `${start}, ${to.width} bytes`;
    case 'until':
      return `${start} until «${printable(to.bytes, 20)}»`;
    case 'word':
      return `${start}, one word`;
    case 'start':
    case 'end':
    case 'region':
    case 'marker':
      return `${start} to ${positionInWords(to)}`;
  }
}

function ruleInWords(rule: Rule): string {
  switch (rule.kind) {
    case 'copy':
      return `${rule.transform.kind === 'copy' ? 'a copy' : `a copy (${rule.transform.kind})`} of ${spanInWords(rule.span)}`;
    case 'number':
      return `the number in ${spanInWords(rule.span)} plus ${rule.add}`;
    case 'length':
      return 'a length of the answer';
    case 'made up':
      return `made up anew (${rule.min === rule.max ? rule.min : `${rule.min} to ${rule.max}`} bytes)`;
    case 'clock':
      return `the time as ${rule.format}`;
    case 'choice':
      return 'a choice among the values seen';
  }
}

/** What a piece of an answer is, and what it rests on. */
export function pieceInWords(piece: Piece): string {
  if (piece.kind === 'literal') return `the literal «${printable(piece.bytes, 60)}»`;
  return `${ruleInWords(piece.rule)} (${piece.support} of ${piece.samples} samples)`;
}
