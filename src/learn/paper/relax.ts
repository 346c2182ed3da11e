/** Which region of a list a message fails at: where region analysis gives way [05 §2.4.2]. */
import { startsWith } from '../../bytes/bytes.js';
import { find } from '../../model/match.js';
import type { Region } from '../../model/types.js';

/**
 * Index of the fixed region that keeps `message` from matching `regions` (loosely), or -1 when it matches.
 *
 * `regions` are fixed and mutating in turn. The message is matched as the emulator does it; the first
 * fixed region that is not found is the one.
 */
export function firstMisfit(regions: readonly Region[], message: Uint8Array): number {
  let at = 0;
  for (let i = 0; i < regions.length; i++) {
    const region = regions[i];
    if (region?.kind !== 'fixed') continue;
    const length = region.bytes.length;
    const last = i === regions.length - 1;
    let found: number;
    if (i === 0) found = startsWith(message, region.bytes, 0) && (!last || message.length === length) ? 0 : -1;
    else if (last) found = startsWith(message, region.bytes, message.length - length) ? message.length - length : -1;
    else found = find(message, region.bytes, at, message.length);
    if (found < 0) return i;
    // The end is right but the one before it reaches into it: an inner region gives way before an outer one.
    if (found < at) return i >= 3 ? i - 2 : i;
    at = found + length;
  }
  const end = regions[regions.length - 1];
  return end === undefined && message.length > 0 ? 0 : -1;
}
