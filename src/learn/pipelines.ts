/**
 * Requests that were sent without waiting for the answers: whose part of the answers is whose.
 *
 * Where the same kinds of requests were also sent one by one, the answers that they then got are peeled
 * off the front of what came back for all of them; the rest is the last one's.
 */
import { concat, equal, startsWith, toLatin1 } from '../bytes/bytes.js';
import { fixedBytes, matchRegions } from '../model/match.js';
import type { Grouping } from './classes.js';
import { keyOf, portsIn, type Dialog, type Exchange } from './exchanges.js';

/** Answers that a kind of request got more than once when it was asked alone, by the request's key. */
export type UsualAnswers = ReadonlyMap<string, readonly Uint8Array[]>;

const MOST_USUAL = 8;

/** The recurring answers of every macrocluster's requests. */
export function usualAnswers(clusters: readonly Grouping[], dialogs: readonly Dialog[]): UsualAnswers {
  const cluster = new Map<string, number>();
  clusters.forEach(({ requests }, id) => {
    for (const { bytes } of requests) cluster.set(keyOf(bytes), id);
  });
  const counts = clusters.map(() => new Map<string, { bytes: Uint8Array; count: number }>());
  for (const exchange of dialogs.flatMap((d) => d.exchanges.slice(1))) {
    const [answer, ...more] = exchange.messages;
    if (exchange.pipelined || !answer || more.length > 0 || exchange.close === 'fin' || exchange.close === 'rst')
      continue;
    const its = counts[cluster.get(keyOf(exchange.request)) ?? -1];
    const known = its?.get(toLatin1(answer));
    if (known) known.count++;
    else its?.set(toLatin1(answer), { bytes: answer, count: 1 });
  }
  const usual = counts.map((its) =>
    [...its.values()]
      .filter((a) => a.count > 1)
      .sort((a, b) => b.count - a.count)
      .slice(0, MOST_USUAL)
      .map((a) => a.bytes),
  );
  return new Map(
    [...cluster].map(([key, id]) => [
      key,
      usual[id]?.length ? usual[id] : (usual[likeness(clusters, id, usual)] ?? []),
    ]),
  );
}

/** Another macrocluster that a request without usual answers fits, or -1. */
function likeness(clusters: readonly Grouping[], id: number, usual: readonly (readonly Uint8Array[])[]): number {
  const request = clusters[id]?.requests[0]?.bytes;
  if (!request) return -1;
  return clusters.findIndex(
    (other, i) =>
      i !== id &&
      (usual[i]?.length ?? 0) > 0 &&
      fixedBytes(other.regions) >= 3 &&
      matchRegions(other.regions, request, true) !== null,
  );
}

/** The dialog with the answers of every run of pipelined requests given to the requests, where that can be told. */
export function peeled(dialog: Dialog, usual: UsualAnswers): Dialog {
  const exchanges: Exchange[] = [];
  let run: Exchange[] = [];
  for (const exchange of dialog.exchanges) {
    run.push(exchange);
    if (exchange.pipelined && exchange.messages.length === 0 && !exchange.last) continue;
    exchanges.push(...(run.length > 1 ? (peel(run, usual) ?? run) : run));
    run = [];
  }
  return { ...dialog, exchanges: [...exchanges, ...run] };
}

function peel(run: readonly Exchange[], usual: UsualAnswers): Exchange[] | null {
  const last = run.at(-1);
  const whole = last?.messages[0];
  if (!last || !whole || last.messages.length > 1) return null;
  let rest = whole;
  const result: Exchange[] = [];
  for (const exchange of run.slice(0, -1)) {
    const answer = [...(usual.get(keyOf(exchange.request)) ?? [])]
      .sort((a, b) => b.length - a.length)
      .find((a) => startsWith(rest, a, 0));
    if (!answer) return null;
    rest = rest.subarray(answer.length);
    result.push({ ...exchange, messages: [answer], freshPort: [false], delays: [0], pipelined: false });
  }
  if (rest.length === 0 || !equal(concat([...result.map((r) => r.messages[0] ?? new Uint8Array(0)), rest]), whole))
    return null;
  const { ports, ...plain } = last;
  const named = portsIn(ports, whole.length - rest.length, whole.length);
  return [...result, { ...plain, ...named, messages: [rest], pipelined: false }];
}
