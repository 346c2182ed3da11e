/** The requests of training as they were said: what has arrived may be one of them, or only the beginning of one. */
import { toLatin1 } from '../bytes/bytes.js';
import type { Choice, RequestClass, ServiceModel, State } from '../model/types.js';

/** A request longer than this is not taken for the beginning of another one. */
export const LONGEST_BEGUN = 4096;

/** The short requests of training. */
export class Recorded {
  /** In their order: those that begin with some bytes stand together. */
  private readonly whole: readonly string[];
  /** Those that nothing is said or done about. */
  private readonly unheeded: ReadonlySet<string>;

  constructor({ classes, states }: ServiceModel) {
    this.whole = [...saidIn(classes)].sort();
    this.unheeded = saidIn(classes.filter(({ select }) => isUnheeded(select, states)));
  }

  /**
   * Whether what has arrived is the beginning of a recorded request, and none by itself that anything is said about: an
   * acknowledgement that stands before the next request may also be the last thing that is said. Null: nothing is known.
   */
  isBegun(request: Uint8Array): boolean | null {
    const said = toLatin1(request);
    const at = firstNotBefore(this.whole, said);
    if (this.whole[at] === said) return this.unheeded.has(said) && this.whole[at + 1]?.startsWith(said) === true;
    return this.whole[at]?.startsWith(said) === true ? true : null;
  }
}

function saidIn(classes: readonly RequestClass[]): Set<string> {
  const said = classes.flatMap(({ example, seen = [] }) => [example, ...seen]);
  return new Set(said.filter((one) => one.length <= LONGEST_BEGUN).map(toLatin1));
}

/** Whether the server neither says nor does anything, wherever a choice leads. */
function isUnheeded(choice: Choice<number>, states: readonly State[]): boolean {
  if (choice.kind === 'test') return isUnheeded(choice.yes, states) && isUnheeded(choice.no, states);
  const state = states[choice.value];
  if (!state) return false;
  return state.answer.length === 0 && state.close === 'stay' && state.feedsData !== true && state.signals !== true;
}

/** Where the first of some texts in their order is that does not come before another one. */
function firstNotBefore(sorted: readonly string[], text: string): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] ?? '') < text) from = middle + 1;
    else to = middle;
  }
  return from;
}
