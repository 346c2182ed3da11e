/** The different requests of a service, and what kinds of answers they got. */
import { EMPTY } from '../../bytes/bytes.js';
import type { Grouping, Request } from './classes.js';
import { keyOf, type Dialog } from '../dialogs/exchanges.js';
import { identities } from '../choices/identities.js';
import { growingLength } from './framed-regions.js';
import { Kinds } from './kinds.js';
import type { LengthField } from '../../model/types.js';
import { Prompts, labelAnswers } from './labels.js';
import type { MachineOptions } from '../options.js';
import { ownLines } from './own-lines.js';
import { risingPlaces } from './rising.js';
import { findRegisters } from '../registers/find.js';
import { classified, type Row } from '../rows.js';
import { shapeOf } from './shape.js';
import type { Shared } from '../shared.js';
import { StateBuilder, type Known } from '../states.js';
import { Vocabulary } from '../vocabulary.js';

/** So many clients that said a request are remembered. */
const MOST_SOURCES = 16;

/** Every different request once. */
export function differentRequests(
  dialogs: readonly Dialog[],
  options: MachineOptions,
  remarks: string[],
  code: number | null = null,
): Request[] {
  const requests = new Map<string, Request>();
  const vocabulary = new Vocabulary(dialogs, code, options.framing?.length !== undefined);
  const rising = risingPlaces(dialogs);
  const lines = ownLines(dialogs);
  const own = identifying(dialogs, options.framing?.length);
  let cut = 0;
  for (const dialog of dialogs) {
    for (const exchange of dialog.exchanges.slice(1)) {
      const key = keyOf(exchange.request);
      let request = requests.get(key);
      if (!request) {
        if (requests.size >= options.maxFanOut) {
          cut++;
          continue;
        }
        const { request: bytes, time } = exchange;
        const its = lines(bytes);
        const spots = [...vocabulary.ownWords(bytes), ...its, ...rising.filter(([, to]) => to <= bytes.length)];
        const more = [...vocabulary.ownPhrases(bytes), ...own.filter(([, to]) => to <= bytes.length)];
        const shape = (all: typeof spots) =>
          shapeOf(bytes, dialog.environment.client.address, time, requests.size, all, its);
        request = {
          bytes,
          shape: shape(spots),
          ...(more.length > 0 ? { loose: shape([...spots, ...more]) } : {}),
          count: 0,
          labels: new Map(),
          after: new Map(),
          kinds: new Map(),
          sources: new Set(),
        };
        requests.set(key, request);
      }
      request.count++;
      if ((request.sources?.size ?? 0) < MOST_SOURCES) request.sources?.add(dialog.environment.client.address);
    }
  }
  if (cut > 0)
    remarks.push(`${cut} requests were left out: more than ${options.maxFanOut} different ones (--max-fan-out).`);
  return [...requests.values()];
}

/** Places of the bytes that say whose a request is, and of those that say how long it is; one that grows has no place of its own. */
function identifying(
  dialogs: readonly Dialog[],
  length: LengthField | undefined,
): (readonly [from: number, to: number])[] {
  const said = dialogs.map(({ exchanges }) =>
    exchanges.map(({ request, messages }) => ({ request, answer: messages[0] ?? EMPTY })),
  );
  const until = growingLength(length)?.offset ?? Infinity;
  return [...identities(said)].filter((at) => at < until).map((at) => [at, at + 1] as const);
}

/** Counts for every request the rough kinds of its answers, and of the answers before it. */
export function labelRoughly(all: readonly Request[], dialogs: readonly Dialog[]): void {
  const labels = labelAnswers(dialogs);
  const requests = new Map(all.map((r) => [keyOf(r.bytes), r]));
  const sure = new Set<Request>();
  const prompts = new Prompts();
  dialogs.forEach((dialog, d) => {
    dialog.exchanges.forEach((exchange, e) => {
      const request = e > 0 ? requests.get(keyOf(exchange.request)) : undefined;
      if (!request) return;
      if (!exchange.pipelined) sure.add(request);
      count(request.labels, labels[d]?.[e] ?? -1);
      count(request.after, prompts.of(dialog.exchanges[e - 1]) ?? labels[d]?.[e - 1] ?? -1);
    });
  });
  // whose answer is whose is a guess where requests were sent without waiting: it counts where nothing better is known
  dialogs.forEach((dialog, d) => {
    dialog.exchanges.forEach((exchange, e) => {
      const request = requests.get(keyOf(exchange.request));
      if (e > 0 && exchange.pipelined && request && sure.has(request)) count(request.labels, labels[d]?.[e] ?? -1, -1);
    });
  });
}

/**
 * Gives every request the kind of answer that it got. Kinds are what the rules of the macroclusters make
 * of the answers: two answers are of one kind when the same literal parts stand in both.
 */
export function labelByAnswer(
  clusters: readonly Grouping[],
  dialogs: readonly Dialog[],
  options: MachineOptions,
  shared: Shared,
): void {
  const rows = classified(dialogs, clusters);
  // answers that tell what all clients share are of one kind, whatever it is at the time
  findRegisters(rows, (id) => clusters[id]?.regions ?? [], options);
  labelRowsByAnswer(clusters, rows, options, undefined, shared);
}

/** The same where it is told already which request is of which macrocluster; what is known gets no label. */
export function labelRowsByAnswer(
  clusters: readonly Grouping[],
  rows: readonly Row[],
  options: MachineOptions,
  already?: Known,
  shared?: Shared,
): void {
  const builder = new StateBuilder(clusters, rows, options, [], false, already, shared);
  for (const group of builder.groups()) builder.answersOf(group);
  const kinds = new Kinds(builder.variants());
  const known = new Map<string, Request>();
  for (const { requests } of clusters) for (const request of requests) known.set(keyOf(request.bytes), request);
  for (const row of rows) {
    row.dialog.exchanges.forEach((exchange, at) => {
      const request = at > 0 ? known.get(keyOf(exchange.request)) : undefined;
      const kind = request ? kinds.of(exchange, () => builder.variantOf(row, at)) : null;
      if (request && kind !== null) count(request.kinds, kind);
    });
  }
}

function count(counts: Map<number, number>, label: number, by = 1): void {
  counts.set(label, (counts.get(label) ?? 0) + by);
}
