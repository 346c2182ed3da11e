/**
 * The known request that an unknown one is most like, and where the two part, in words [new]: a match that
 * fails explains why.
 */
import { commonLength, indexOf } from '../bytes/bytes.js';
import type { Region, RequestClass, ServiceModel } from '../model/types.js';
import { quoted, regionText } from '../model/words.js';

/** Bytes of a request, and classes of a service, that are looked at. */
const SCAN = 4096;
const MOST_CLASSES = 512;
/** Bytes that are shown of what stands there instead. */
const SHOWN = 24;

/** The nearest class, and the region that is missing. */
export interface Nearest {
  readonly class: number;
  readonly example: Uint8Array;
  readonly why: string;
}

interface Walk {
  readonly found: number;
  readonly fixed: number;
  /** The first region that is not there, and where it was looked for. */
  readonly missing: Region | null;
  readonly at: number;
}

/** The fixed regions in their order; what is missing is passed over. */
function walk(regions: readonly Region[], message: Uint8Array): Walk {
  let at = 0;
  let found = 0;
  let fixed = 0;
  let missing: Region | null = null;
  let missingAt = 0;
  for (const region of regions) {
    if (region.kind !== 'fixed') continue;
    fixed += region.bytes.length;
    const place = indexOf(message, region.bytes, at);
    if (place >= 0) {
      found += region.bytes.length;
      at = place + region.bytes.length;
      continue;
    }
    const same = commonLength(region.bytes, 0, message, at);
    if (missing === null) [missing, missingAt] = [region, at];
    found += same;
    at += same;
  }
  return { found, fixed, missing, at: missingAt };
}

function inWords({ regions }: RequestClass, { found, fixed, missing, at }: Walk, message: Uint8Array): string {
  const share = `${Math.round((100 * found) / fixed)} % of its fixed bytes are there`;
  if (missing === null) {
    const first = regions[0];
    return first?.kind === 'fixed' && indexOf(message, first.bytes, 0) > 0
      ? `${share}, but it does not begin with ${regionText(first, SHOWN)}`
      : `${share}, but something stands before or behind them that it has no place for`;
  }
  const there = message.length > at ? quoted(message.subarray(at), SHOWN) : 'the end of the request';
  return `${share}; ${regionText(missing, SHOWN)} is missing at byte ${at}, where ${there} stands`;
}

/** @returns null when no known request has anything in common with this one */
export function nearestKnown(service: ServiceModel, request: Uint8Array): Nearest | null {
  const message = request.subarray(0, SCAN);
  let best: { of: RequestClass; walked: Walk } | null = null;
  let bestScore = 0;
  for (const of of service.classes.slice(0, MOST_CLASSES)) {
    const walked = walk(of.regions, message);
    if (walked.fixed === 0 || walked.found === 0) continue;
    const score = walked.found / walked.fixed + walked.found / Math.max(1, message.length);
    if (score <= bestScore) continue;
    best = { of, walked };
    bestScore = score;
  }
  return best && { class: best.of.id, example: best.of.example, why: inWords(best.of, best.walked, message) };
}
