/**
 * Words of the protocol and words of its clients [new]: a word that two sources said is nobody's own.
 *
 * What one client says again and again, the name of its channel or file, stands in all of its requests. With few
 * sessions these look more alike than the same request of two clients.
 */
import { fromLatin1, toLatin1 } from '../bytes/bytes.js';
import type { Dialog } from './dialogs/exchanges.js';
import { isValue, phrasesIn, type Phrase } from './classes/phrases.js';

const WORDS = /[0-9A-Za-z]{2,64}/g;
/** Words of letters that take two bytes each, the second one zero. */
export const WIDE_WORDS = /(?:[0-9A-Za-z]\0){2,64}/g;
/** What is asked for is the first word; where a request begins with marks or a length, the first one of letters. */
const VERB = /^[0-9A-Za-z]+|[A-Za-z]{3,}/;
/** A shorter word is met by chance. */
const LEAST_OWN = 4;
/** Bytes of a request that are read, and words that are remembered; what is not remembered is nobody's own. */
const HEAD = 8192;
const MOST = 200_000;
/** With fewer sources a word of the protocol is often said by one of them alone. */
const LEAST_SOURCES = 3;

/** A word that this share of the sources said belongs to the protocol. */
const COMMON = 0.8;

interface Word {
  /** Who said it last, and how many said it, at most one too many for each time that they took turns. */
  source: string;
  sources: number;
  /** What the requests with it begin with; two are enough to know. */
  readonly asked: string[];
  /** The codes of those requests, where the service has a code; two are enough. */
  readonly codes: number[];
  /** When it was said first. */
  first: number;
}

/** A word that the server said: when, to whom, and when to somebody else. */
interface Heard {
  readonly source: string;
  readonly first: number;
  other: number;
}

export class Vocabulary {
  private readonly words = new Map<string, Word>();
  private readonly sources = new Set<string>();
  private readonly dialogs: readonly Dialog[];
  /** The counted texts of requests. */
  private readonly told = new WeakMap<Uint8Array, readonly Phrase[]>();
  /** Who said a counted text; null for several. Many never ask. */
  private phrases: ReadonlyMap<string, string | null> | null = null;
  private readonly heard = new Map<string, Heard>();
  private readonly code: number | null;
  private readonly isCounted: boolean;

  /**
   * @param code offset of the byte that says what a request asks for, where there is one
   * @param isCounted whether requests say how long they are
   */
  constructor(dialogs: readonly Dialog[], code: number | null = null, isCounted = false) {
    this.dialogs = dialogs;
    this.code = code;
    this.isCounted = isCounted;
    for (const { environment, exchanges } of dialogs) {
      this.sources.add(environment.client.address);
      for (const { request, time } of exchanges) this.read(request, environment.client.address, time);
    }
    for (const { environment, exchanges } of dialogs)
      for (const { messages, time } of exchanges)
        for (const message of messages) this.hear(message, environment.client.address, time);
  }

  /** Whether there are sources enough to tell what is one client's own. */
  get hasSeveral(): boolean {
    return this.sources.size >= LEAST_SOURCES;
  }

  /** Whether only one source said it, and the server to nobody else before: a list names what anybody may ask for. */
  isOwn(word: string): boolean {
    const known = this.words.get(word);
    if (known?.sources !== 1) return false;
    const heard = this.heard.get(word);
    return heard === undefined || (heard.source === known.source ? heard.other : heard.first) >= known.first;
  }

  /** Whether a value has a word in it that only one of several sources said. */
  isPrivate(value: Uint8Array): boolean {
    if (!this.hasSeveral) return false;
    return wordsOf(toLatin1(value)).some((word) => word.length >= LEAST_OWN && this.isOwn(word));
  }

  /** Whether most sources said it. */
  isCommon(word: string): boolean {
    return (this.words.get(word)?.sources ?? 0) > Math.max(1, this.sources.size * COMMON);
  }

  /**
   * Places of words that only one of several sources said, in requests of different kinds, and of the numbers before
   * them that say how long they are; one that begins a request is said in others behind what these begin with.
   */
  ownWords(request: Uint8Array): (readonly [from: number, to: number])[] {
    if (!this.hasSeveral) return [];
    const text = toLatin1(request.subarray(0, HEAD));
    return [...text.matchAll(WORDS)].flatMap((match) => {
      const [word] = match;
      const isNoVerb = match.index > 0 || this.isAskedWith(word);
      const isOwn = word.length >= LEAST_OWN && isNoVerb && this.isOwn(word) && this.isInKinds(word);
      return isOwn ? [...countBefore(text, match.index), [match.index, match.index + word.length] as const] : [];
    });
  }

  /** Places of counted texts that only one of several sources said, and of what says how long they are. */
  ownPhrases(request: Uint8Array): (readonly [from: number, to: number])[] {
    if (!this.hasSeveral) return [];
    const phrases = (this.phrases ??= this.readPhrases());
    return this.phrasesOf(request).flatMap(({ from, to, counts }) => {
      const text = toLatin1(request.subarray(from, to));
      if (!isValue(text) || typeof phrases.get(text) !== 'string') return [];
      return [...counts.map((at) => [at, at + 1] as const), [from, to] as const];
    });
  }

  /** Whether requests of different kinds hold it: by the word that they begin with, or by their code. */
  private isInKinds(word: string): boolean {
    const known = this.words.get(word);
    return known !== undefined && Math.max(known.asked.length, known.codes.length) > 1;
  }

  /** Whether requests that begin with another word hold it. */
  private isAskedWith(word: string): boolean {
    return this.words.get(word)?.asked.some((asked) => asked !== word) === true;
  }

  private readPhrases(): Map<string, string | null> {
    const phrases = new Map<string, string | null>();
    for (const { environment, exchanges } of this.dialogs) {
      const source = environment.client.address;
      for (const { request } of exchanges) {
        for (const { from, to } of this.phrasesOf(request)) {
          const phrase = toLatin1(request.subarray(from, to));
          const known = phrases.get(phrase);
          if (known === undefined && phrases.size < MOST) phrases.set(phrase, source);
          else if (known !== source) phrases.set(phrase, null);
        }
      }
    }
    return phrases;
  }

  private phrasesOf(request: Uint8Array): readonly Phrase[] {
    let its = this.told.get(request);
    if (!its) this.told.set(request, (its = phrasesIn(request, this.isCounted)));
    return its;
  }

  private read(request: Uint8Array, source: string, time: number): void {
    const text = toLatin1(request.subarray(0, HEAD));
    const asked = VERB.exec(text)?.[0] ?? '';
    const code = this.code === null ? -1 : (request[this.code] ?? -1);
    for (const word of wordsOf(text)) {
      const known = this.words.get(word);
      if (!known) {
        if (this.words.size < MOST)
          this.words.set(word, { source, sources: 1, asked: [asked], codes: [code], first: time });
        continue;
      }
      known.first = Math.min(known.first, time);
      if (known.source !== source) known.sources++;
      known.source = source;
      if (known.asked.length < 2 && !known.asked.includes(asked)) known.asked.push(asked);
      if (known.codes.length < 2 && !known.codes.includes(code)) known.codes.push(code);
    }
  }

  /** Of the words that clients said, those that the server said too. */
  private hear(message: Uint8Array, source: string, time: number): void {
    for (const word of wordsOf(toLatin1(message.subarray(0, HEAD)))) {
      if (!this.words.has(word)) continue;
      const known = this.heard.get(word);
      if (!known) this.heard.set(word, { source, first: time, other: Infinity });
      else if (known.source !== source) known.other = Math.min(known.other, time);
      else if (time < known.first) this.heard.set(word, { ...known, first: time });
    }
  }
}

/** How long a request is but for its words that are one client's own. */
export function lengthButNames(request: Uint8Array, words: Pick<Vocabulary, 'isPrivate'>): number {
  let length = request.length;
  for (const kind of [WORDS, WIDE_WORDS])
    for (const [word] of toLatin1(request.subarray(0, HEAD)).matchAll(kind))
      if (words.isPrivate(fromLatin1(word))) length -= word.length;
  return length;
}

/** Where the line before one is its length. */
function countBefore(text: string, at: number): (readonly [from: number, to: number])[] {
  const before = LINE_OF_COUNT.exec(text.slice(Math.max(0, at - LONGEST_COUNT), at));
  const [line, digits] = before ?? [];
  if (line === undefined || digits === undefined) return [];
  const end = text.slice(at).search(/[\r\n]|$/);
  const from = at - line.length;
  return Number(digits) === end ? [[from, from + digits.length]] : [];
}

/** A number that ends its line, right before the next one. */
const LINE_OF_COUNT = /(?<![0-9A-Za-z])([1-9][0-9]*)\r?\n$/;
const LONGEST_COUNT = 8;

/** The words of a text, those of wide letters without their zeros. */
function wordsOf(text: string): string[] {
  const wide = text.match(WIDE_WORDS) ?? [];
  return [...(text.match(WORDS) ?? []), ...wide.map((word) => word.replaceAll('\0', ''))];
}
