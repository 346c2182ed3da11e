/** Whether an answer in the making gives an answer that was recorded. */
import { indexOf, startsWith } from '../../bytes/bytes.js';
import { isLate, produce, type Context } from '../../model/meaning.js';
import { readLookup } from './lookups/find.js';
import type { Draft } from './draft.js';

/** True when every message can be read as the drafts: literals and rules in their order, anything where they are unknown. */
export function explains(
  drafts: readonly (readonly Draft[])[],
  context: Context,
  messages: readonly Uint8Array[],
): boolean {
  return (
    drafts.length === messages.length &&
    drafts.every((message, i) => reads(message, context, messages[i] ?? new Uint8Array(0)))
  );
}

function reads(drafts: readonly Draft[], context: Context, message: Uint8Array): boolean {
  let at = 0;
  let open = false;
  for (const draft of drafts) {
    if (draft.kind === 'rule' && draft.rule.kind === 'lookup') {
      at = readLookup(draft.rule, draft.ways?.all ?? [], context, message, at, open);
      if (at < 0) return false;
      open = false;
      continue;
    }
    const bytes =
      draft.kind === 'literal'
        ? draft.bytes
        : draft.kind === 'rule' && !isLate(draft.rule)
          ? produce(draft.rule, context, () => 0)
          : null;
    if (!bytes) {
      if (draft.kind === 'rule' && !isLate(draft.rule) && draft.rule.kind !== 'port') return false;
      open = true;
      continue;
    }
    if (open) {
      const found = indexOf(message, bytes, at);
      if (found < 0) return false;
      at = found;
    } else if (!startsWith(message, bytes, at)) return false;
    at += bytes.length;
    open = false;
  }
  return open || at === message.length;
}
