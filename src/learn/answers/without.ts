/** Families of rules switched off one by one: what the ablation measures. */
import type { Rule, Source } from '../../model/types.js';

/** Every kind of rule, and what is learned beside rules; a new kind has to be named here. */
const RULES: Record<Rule['kind'], string> = {
  copy: 'parts of an answer copied from what was said before',
  transform: 'parts copied in another writing, such as base64 or UTF-16',
  masked: 'bytes said before under a mask of exclusive or',
  number: 'numbers computed from numbers said before',
  sum: 'sums and differences of numbers said before',
  length: 'lengths of parts of the answer',
  size: 'lengths of what was said before',
  count: 'how many items were said before',
  checksum: 'checksums of the answer',
  digest: 'checksums and hashes of what was said before',
  'made up': 'values that the server makes up',
  clock: 'dates and times',
  ticks: 'counters that run with the time',
  port: 'ports that the server opens and names, and what is said there',
  cells: 'cells of an array, by their index',
  lookup: 'records of a table that all answers tell of, by their key',
  part: 'parts of contents that other answers gave whole',
  fill: 'the same bytes again and again, as many as were asked for',
  padding: 'fillings of records up to a multiple of bytes',
  choice: 'one of the values seen, by what was asked',
};

/** The families that `--without` can name, each in a phrase. */
export const FAMILIES: Readonly<Record<string, string>> = {
  ...RULES,
  register: 'what all clients of a service share',
  recall: 'what was said in other exchanges about the same thing',
  gathered: 'what was said in several requests, taken as one',
  echo: 'copies of bytes that never changed in training',
  optimistic: 'copies believed on one or two samples',
  borrowed: 'rules proven elsewhere, where samples are few',
  rote: 'answers to requests that came again, given as they were recorded',
  opened: 'ports that a session opens for another one',
  signal: 'messages that a session causes in another one',
};

/** Names of families. */
export type Without = ReadonlySet<string>;

export const NOTHING: Without = new Set();

/** The names in `copy,made-up`. */
export function familiesIn(text: string): Without {
  const names = text.split(',').map((name) => name.trim().replaceAll('-', ' '));
  return new Set(names.filter((name) => name !== ''));
}

function sourceOf(rule: Rule): Source | null {
  return 'span' in rule ? rule.span.of : null;
}

/** The rule found, or nothing when its family is switched off. */
export function allowed<T extends { readonly rule: Rule }>(found: T | null, without: Without): T | null {
  if (!found || without.size === 0) return found;
  if (without.has(found.rule.kind)) return null;
  const source = sourceOf(found.rule)?.kind;
  return (source === 'recall' || source === 'gathered') && without.has(source) ? null : found;
}
