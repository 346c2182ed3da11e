/**
 * Rough kinds of answers, before anything is known of the requests: what the requests are parted by.
 *
 * Words that the client had said and all digits are masked, so that `Hello bob, you are 7th` and
 * `Hello eve, you are 12th` are one kind; what is left is clustered by alignment.
 */
import { EMPTY, fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import { promptOf } from '../../model/prompt.js';
import { keyOf, type Dialog, type Exchange } from '../dialogs/exchanges.js';
import { macroclusters } from '../paper/macroclusters.js';

const HEAD = 160;
const SAID = 8192;
const ALIKE = 0.4;

/** A label for every exchange of every dialog, in order. */
export function labelAnswers(dialogs: readonly Dialog[]): Int32Array[] {
  const ids = new Map<string, number>();
  const masks: string[] = [];
  const counts: number[] = [];
  const raw = dialogs.map((dialog) => {
    let said = '';
    return Int32Array.from(dialog.exchanges, (exchange) => {
      said = (said + toLatin1(exchange.request.subarray(0, 2048))).slice(-SAID);
      const answer = exchange.messages.map((m) => toLatin1(m.subarray(0, HEAD))).join('');
      const known = copied(answer, toLatin1(exchange.request.subarray(0, HEAD)));
      const key = `${exchange.messages.length}${exchange.close === 'stay' || exchange.close === 'untold' ? '' : '!'}|${mask(known, said)}`;
      let id = ids.get(key);
      if (id === undefined) {
        ids.set(key, (id = masks.length));
        masks.push(key);
        counts.push(0);
      }
      counts[id] = (counts[id] ?? 0) + 1;
      return id;
    });
  });
  const { clusters } = macroclusters(masks.map(fromLatin1), counts, ALIKE);
  const label = new Int32Array(masks.length);
  clusters.forEach((members, cluster) => {
    for (const m of members) label[m] = cluster;
  });
  return raw.map((row) => row.map((id) => label[id] ?? 0));
}

function mask(answer: string, said: string): string {
  return answer.replace(/[A-Za-z0-9]{3,}/g, (word) => (said.includes(word) ? '\u0001' : word)).replace(/[0-9]+/g, '0');
}

/** Fewest bytes of a binary answer that are no chance to be in the request too. */
const COPIED = 3;

/** A binary answer with what it took from the request masked. */
function copied(answer: string, request: string): string {
  if (!/[^\t\n\r\x20-\x7e]/.test(answer)) return answer;
  let masked = '';
  for (let at = 0; at < answer.length;) {
    let width = 0;
    while (at + width < answer.length && request.includes(answer.slice(at, at + width + 1))) width++;
    const telling = width >= COPIED && new Set(answer.slice(at, at + width)).size > 1;
    masked += telling ? '\u0001' : answer.slice(at, at + 1);
    at += telling ? width : 1;
  }
  return masked;
}

/** The label of the first prompt; the others count down from it. */
export const ASKED = -2;

/** The questions that answers ask, with numbers that no label has. */
export class Prompts {
  private readonly known = new Map<string, number>();

  of(exchange: Exchange | undefined): number | null {
    const prompt = promptOf(exchange?.messages.at(-1) ?? EMPTY);
    if (prompt.length === 0) return null;
    const key = keyOf(prompt);
    const number = this.known.get(key) ?? ASKED - this.known.size;
    this.known.set(key, number);
    return number;
  }
}
