/**
 * Rough kinds of answers, before anything is known of the requests: what the requests are parted by.
 *
 * Words that the client had said and all digits are masked, so that `Hello bob, you are 7th` and
 * `Hello eve, you are 12th` are one kind; what is left is clustered by alignment.
 */
import { fromLatin1, toLatin1 } from '../bytes/bytes.js';
import type { Dialog } from './exchanges.js';
import { macroclusters } from './paper/macroclusters.js';

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
      const key = `${exchange.messages.length}${exchange.close === 'stay' ? '' : '!'}|${mask(answer, said)}`;
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
  return answer
    .replace(/[A-Za-z0-9]{3,}/g, (word) => (said.includes(word) ? '\u0001' : word))
    .replace(/[0-9]+/g, '0');
}
