/** What all answers of a service have in common: found once, before any of them is looked at by itself. */
import { EMPTY, concat } from '../bytes/bytes.js';
import { findTables, type Table } from './answers/lookups/table.js';
import { contentsIn } from './answers/parts.js';
import type { Contents, Seal } from './answers/sample.js';
import { findSeal } from './answers/seal.js';
import { familiesIn } from './answers/without.js';
import type { Dialog } from './dialogs/exchanges.js';
import type { MachineOptions } from './options.js';

/** What all answers of a service have in common. */
export interface Shared {
  /** What they say of keys. */
  readonly tables: readonly Table[];
  /** What they end with. */
  readonly seal: Seal | null;
  /** What they give whole. */
  readonly contents?: Contents;
}

/** What the answers of some dialogs have in common, in learning and in refinement alike. */
export function sharedBy(dialogs: readonly Dialog[], options: MachineOptions): Shared {
  return { tables: tablesOf(dialogs, options), seal: sealOf(dialogs, options), ...contentsKnown(dialogs, options) };
}

/** Answers right before a request that tell which keys there are. */
const MOST_BEFORE = 2;

/** What the answers of a service say of keys. */
function tablesOf(dialogs: readonly Dialog[], { links, without }: MachineOptions): Table[] {
  if (links !== 'all' || familiesIn(without).has('lookup')) return [];
  const asked = dialogs.flatMap(({ exchanges }) => {
    const answers = exchanges.map(({ messages }) => (messages.length === 1 ? messages[0] : null) ?? concat(messages));
    return exchanges.slice(1).map(({ request }, i) => ({
      request,
      answer: answers[i + 1] ?? EMPTY,
      before: answers.slice(Math.max(0, i + 1 - MOST_BEFORE), i + 1),
    }));
  });
  return findTables(asked);
}

/** The checksum that all answers of a service end with. */
function sealOf(dialogs: readonly Dialog[], { links, without }: MachineOptions): Seal | null {
  if (links !== 'all' || familiesIn(without).has('checksum')) return null;
  return findSeal(dialogs.flatMap(({ exchanges }) => exchanges.flatMap(({ messages }) => messages)));
}

/** What answers of a service give whole. */
function contentsKnown(dialogs: readonly Dialog[], { links, without }: MachineOptions): { contents?: Contents } {
  return links !== 'all' || familiesIn(without).has('part') ? {} : { contents: contentsIn(dialogs) };
}
