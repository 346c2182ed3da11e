/**
 * The request of training that an unknown one is most like, word by word [new].
 *
 * Where one request of its kind was all that was seen, its class is that request and nothing else: no other has all
 * its fixed bytes. Here both are read as words and separators, and the longest sequence that they have in common is
 * held against the whole. What lies between common parts has taken each other's place, so the regions of the class
 * are found in the request as well. This is alignment [05 §2.4.2], which is too slow for every request [05 §2.5]:
 * only a few classes are tried, those with the most words in common, and only the beginning of a message is read.
 */
import { isText, toLatin1, isAlphanumeric } from '../bytes/bytes.js';
import { matchRegions } from '../model/match.js';
import { endOfWord } from '../model/meaning.js';
import type { RequestClass } from '../model/types.js';

/** Bytes and words of a message that are read. */
const HEAD = 4096;
const MOST_WORDS = 256;
/** Classes that are compared word by word. */
const MOST_TRIED = 6;
/** What has to be common at least; the first word of a text has to be the same as well. */
const LIKE = 0.55;
/** Weight of a word, whatever its length; a separator counts 1. */
const WORD = 2;

interface Token {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

/** A request in words. */
interface Read {
  readonly tokens: readonly Token[];
  readonly weight: number;
  readonly isText: boolean;
}

export interface Analogy {
  readonly class: number;
  /** Where the regions of the class lie in the request. */
  readonly edges: Int32Array;
  /** How much is common, 0…1. */
  readonly share: number;
}

/** The classes of a service made ready for analogies. */
export class Analogies {
  private readonly classes: readonly { readonly class: RequestClass; readonly read: Read }[];

  constructor(classes: readonly RequestClass[]) {
    this.classes = classes.filter((c) => c.example.length > 0).map((c) => ({ class: c, read: readWords(c.example) }));
  }

  /** The class whose example the request is most like, or null when it is like none. */
  find(request: Uint8Array): Analogy | null {
    const read = readWords(request);
    let best: { share: number; of: RequestClass; pairs: Pair[]; example: Read } | null = null;
    for (const candidate of this.nearestIn(read)) {
      const { read: example } = candidate;
      const pairs = common(example.tokens, read.tokens);
      const share = weightOf(pairs, example.tokens) / Math.max(example.weight, read.weight);
      if (share <= (best?.share ?? LIKE)) continue;
      best = { share, of: candidate.class, pairs, example };
    }
    const edges = best && edgesOf(best, read, request.length);
    return best && edges && { class: best.of.id, edges, share: best.share };
  }

  /** Where the regions of a class lie in a text that is like its example; null where it is not, or no text. */
  edges(id: number, request: Uint8Array): Int32Array | null {
    const known = this.classes.find((c) => c.class.id === id);
    const read = readWords(request);
    if (!known || !read.isText || !known.read.isText) return null;
    const pairs = common(known.read.tokens, read.tokens);
    const share = weightOf(pairs, known.read.tokens) / Math.max(known.read.weight, read.weight);
    return share > LIKE ? edgesOf({ of: known.class, pairs, example: known.read }, read, request.length) : null;
  }

  /** Classes with the most words in common, in whatever order. */
  private nearestIn(read: Read): readonly { readonly class: RequestClass; readonly read: Read }[] {
    const counts = new Map<string, number>();
    for (const { text } of read.tokens) counts.set(text, (counts.get(text) ?? 0) + 1);
    const scored = this.classes.flatMap((candidate) => {
      if (read.isText && candidate.read.tokens[0]?.text !== read.tokens[0]?.text) return [];
      const left = new Map(counts);
      let shared = 0;
      for (const { text, weight } of candidate.read.tokens) {
        const count = left.get(text) ?? 0;
        if (count === 0) continue;
        left.set(text, count - 1);
        shared += weight;
      }
      return [{ candidate, score: shared / Math.max(1, candidate.read.weight, read.weight) }];
    });
    scored.sort((a, b) => b.score - a.score || a.candidate.class.id - b.candidate.class.id);
    return scored.slice(0, MOST_TRIED).map(({ candidate }) => candidate);
  }
}

interface Aligned {
  readonly of: RequestClass;
  readonly pairs: readonly Pair[];
  readonly example: Read;
}

/** The regions of a class moved from its example to a request that is aligned with it. */
function edgesOf(aligned: Aligned, read: Read, length: number): Int32Array | null {
  const own = matchRegions(aligned.of.regions, aligned.of.example, true);
  if (!own) return null;
  let last = 0;
  const moved = own.map((edge) => (last = Math.max(last, placeIn(edge, aligned, read, length))));
  moved[0] = 0;
  moved[moved.length - 1] = length;
  return moved;
}

function readWords(message: Uint8Array): Read {
  const tokens: Token[] = [];
  const head = message.subarray(0, HEAD);
  for (let from = 0; from < head.length && tokens.length < MOST_WORDS;) {
    const isOne = isAlphanumeric(head[from] ?? 0);
    const to = isOne ? endOfWord(head, from) : from + 1;
    tokens.push({ text: toLatin1(head.subarray(from, to)), from, to, weight: isOne ? WORD : 1 });
    from = to;
  }
  return { tokens, weight: tokens.reduce((sum, t) => sum + t.weight, 0), isText: isText(head) };
}

/** Places of equal tokens, in order. */
type Pair = readonly [number, number];

/** The heaviest sequence of tokens that two messages have in common. */
function common(a: readonly Token[], b: readonly Token[]): Pair[] {
  const width = b.length + 1;
  const best = new Int32Array((a.length + 1) * width);
  const at = (i: number, k: number) => best[i * width + k] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let k = b.length - 1; k >= 0; k--) {
      const skipped = Math.max(at(i + 1, k), at(i, k + 1));
      best[i * width + k] =
        a[i]?.text === b[k]?.text ? Math.max(skipped, at(i + 1, k + 1) + (a[i]?.weight ?? 0)) : skipped;
    }
  }
  const pairs: Pair[] = [];
  for (let i = 0, k = 0; i < a.length && k < b.length;) {
    if (a[i]?.text === b[k]?.text && at(i, k) === at(i + 1, k + 1) + (a[i]?.weight ?? 0)) pairs.push([i++, k++]);
    else if (at(i + 1, k) >= at(i, k + 1)) i++;
    else k++;
  }
  return pairs;
}

function weightOf(pairs: readonly Pair[], tokens: readonly Token[]): number {
  return pairs.reduce((sum, [i]) => sum + (tokens[i]?.weight ?? 0), 0);
}

/** Where an edge in the example lies in the request: beside the same token, or as far into what took a part's place. */
function placeIn(
  edge: number,
  { pairs, example }: Pick<Aligned, 'pairs' | 'example'>,
  read: Read,
  length: number,
): number {
  let before: Pair | undefined;
  for (const pair of pairs) {
    const token = example.tokens[pair[0]];
    const other = read.tokens[pair[1]];
    if (!token || !other) continue;
    if (edge < token.from) {
      const from = ends(before, example, read);
      // behind a common token comes what took the place of the bytes behind it, up to this one
      return Math.min(other.from, from.there + (edge - from.here));
    }
    if (edge <= token.from) return other.from;
    if (edge < token.to) return other.from + (edge - token.from);
    before = pair;
  }
  const { here, there } = ends(before, example, read);
  const total = example.tokens.at(-1)?.to ?? 0;
  return edge >= total && before?.[0] !== example.tokens.length - 1
    ? length
    : Math.min(length, there + Math.max(0, edge - here));
}

function ends(pair: Pair | undefined, example: Read, read: Read): { here: number; there: number } {
  return {
    here: pair ? (example.tokens[pair[0]]?.to ?? 0) : 0,
    there: pair ? (read.tokens[pair[1]]?.to ?? 0) : 0,
  };
}
