/** Classes by the words that requests consist of [05 §2.4.2]. */
import { toLatin1 } from '../../bytes/bytes.js';
import type { Region } from '../../model/types.js';
import type { Part, Request } from './groupings.js';
import { disorder } from '../disorder.js';
import { analyseRegions } from '../paper/regions.js';

const MOST_WORDS = 16;
const WORD = /^[A-Za-z][A-Za-z_-]+$/;
/** At most one of so many requests may have a word there that hardly any other has. */
const RARE = 8;
/** With fewer clients nothing tells a word of the service from one of a client's. */
const LEAST_SOURCES = 10;

/** Letters in a row that may be what a request asks for. */
const COMMAND = /[A-Za-z]{3}/;

/** What is known of a request here. */
type Spoken = Pick<Request, 'bytes' | 'shape' | 'count' | 'sources' | 'kinds'>;

/**
 * Microclustering by words: a region whose values are a few words that recur, and nothing else, is a functional part
 * (`USER`, `PASS`); each word gets a class of its own. One that recurs with one client only, such as the name that it
 * gives itself in all that it says, is rare. Words behind what is asked for and a name that tell nothing of how they
 * are answered are values among others (`lan`, `test`): of such requests one tells what another one is answered.
 */
export function byWord<R extends Spoken>(part: Part<R>): Part<R>[] {
  const { group, alike, requests: cluster } = part;
  if (cluster.length < 4) return [part];
  const { regions, spans } = analyseRegions(
    cluster.map((r) => r.shape),
    cluster.map((r) => r.count),
  );
  const hasSeveral = sourcesOf(cluster) >= LEAST_SOURCES;
  for (let region = 0; region < regions.length; region++) {
    if (regions[region]?.kind !== 'mutating') continue;
    const words = new Map<string, R[]>();
    cluster.forEach((request, i) => {
      const word = toLatin1(request.bytes.subarray(spans[i]?.[region] ?? 0, spans[i]?.[region + 1] ?? 0));
      const known = words.get(word);
      if (known) known.push(request);
      else words.set(word, [request]);
    });
    if (words.size < 2 || words.size > MOST_WORDS) continue;
    const isRare = (its: readonly R[]) =>
      its.length < Math.max(2, cluster.length * 0.04) || (hasSeveral && sourcesOf(its) < 2);
    const rare = [...words.values()].filter(isRare).flat().length;
    if ([...words.keys()].every((word) => WORD.test(word)) && rare * RARE <= cluster.length - rare) {
      if (isAmongValues(regions, region) && isAnsweredAlike([...words.values()])) continue;
      return [...words].flatMap(([word, requests]) =>
        byWord({ group: `${group}/${word}`, ...(alike === undefined ? {} : { alike: `${alike}/${word}` }), requests }),
      );
    }
  }
  return [part];
}

/** Whether a region stands behind what a request asks for and behind another value. */
function isAmongValues(regions: readonly Region[], region: number): boolean {
  const value = regions.findIndex(({ kind }) => kind === 'mutating');
  return (
    value < region &&
    regions.slice(0, value).some((before) => before.kind === 'fixed' && COMMAND.test(toLatin1(before.bytes)))
  );
}

/** Whether which of some words requests have tells less of the kinds of their answers than chance might. */
function isAnsweredAlike(words: readonly (readonly Spoken[])[]): boolean {
  const counts = words.map(kindsOf);
  const all = kindsOf(words.flat());
  if (all.size === 0 || all.has(-1)) return false;
  const total = sumOf(all);
  const gain = counts.reduce((left, its) => left - disorder(its.values(), sumOf(its)), disorder(all.values(), total));
  return gain <= 0.5 * (words.length - 1) * (all.size - 1) * Math.log2(total) + CLOSE;
}

/** Rounding that is no gain. */
const CLOSE = 1e-9;

function kindsOf(requests: readonly Spoken[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { kinds } of requests)
    for (const [kind, count] of kinds) counts.set(kind, (counts.get(kind) ?? 0) + count);
  return counts;
}

function sumOf(counts: ReadonlyMap<number, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** How many clients said some requests, as far as that is known. */
function sourcesOf(requests: readonly Spoken[]): number {
  return new Set(requests.flatMap(({ sources = [] }) => [...sources])).size;
}
