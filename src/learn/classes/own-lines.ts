/**
 * Lines that say who asks [new]: a client says them in all of its requests, whatever it asks for, and other clients say
 * others. They tell nothing of what is asked, but are often longer than what does.
 */
import { toLatin1 } from '../../bytes/bytes.js';
import type { Dialog } from '../dialogs/exchanges.js';

/** Bytes of a request that are read. */
const HEAD = 4096;
/** What a line begins with that names it: a word and what parts it from the rest. */
const NAMED = /^([A-Za-z][\w-]{2,40}[^\w-]\s?)(.+)$/;
/** Clients that show it by several requests, and the share of them that say the same in all of theirs. */
const LEAST_CLIENTS = 6;
const NEARLY_ALL = 0.97;
/** Fewest different ones; and a value that is shorter is no matter. */
const LEAST_VALUES = 2;
const LEAST_LENGTH = 4;

interface Line {
  readonly head: string;
  readonly value: string;
  readonly from: number;
}

/** The lines of a text behind its first one, which says what is asked for. */
function linesOf(request: Uint8Array): Line[] {
  const text = toLatin1(request.subarray(0, HEAD));
  const lines: Line[] = [];
  let from = text.indexOf('\n') + 1;
  while (from > 0) {
    const end = text.indexOf('\n', from);
    if (end < 0) break;
    const [, head, value] = NAMED.exec(text.slice(from, end).replace(/\r$/, '')) ?? [];
    if (head !== undefined && value !== undefined) lines.push({ head, value, from: from + head.length });
    from = end + 1;
  }
  return lines;
}

/** What a client said: its requests, what they begin with, and in how many of them a line begins so, with which values. */
interface Client {
  requests: number;
  readonly firsts: Set<string>;
  readonly told: Map<string, { count: number; readonly values: Set<string> }>;
}

/** Whether lines that begin so are in all requests of a client. */
const isInAll = (client: Client, head: string): boolean => client.told.get(head)?.count === client.requests;

/** The places in a request of what its client says of itself. */
export function ownLines(dialogs: readonly Dialog[]): (request: Uint8Array) => (readonly [from: number, to: number])[] {
  // what goes by what is asked stands in none of the others
  const clients = clientsIn(dialogs).filter(({ firsts }) => firsts.size > 1);
  const heads = new Set(clients.flatMap((client) => [...client.told.keys()].filter((head) => isInAll(client, head))));
  const own = new Set([...heads].filter((head) => isOwn(head, clients)));
  if (own.size === 0) return () => [];
  return (request) =>
    linesOf(request)
      .filter(({ head, value }) => own.has(head) && value.length >= LEAST_LENGTH)
      .map(({ value, from }) => [from, from + value.length] as const);
}

/** Whether (nearly) all clients that say it say it always, and the same, and others something else. */
function isOwn(head: string, clients: readonly Client[]): boolean {
  const its = clients.filter(({ told }) => told.has(head));
  const same = its.filter((client) => isInAll(client, head) && client.told.get(head)?.values.size === 1);
  const values = new Set(same.flatMap(({ told }) => [...(told.get(head)?.values ?? [])]));
  return its.length >= LEAST_CLIENTS && same.length >= its.length * NEARLY_ALL && values.size >= LEAST_VALUES;
}

function clientsIn(dialogs: readonly Dialog[]): Client[] {
  const clients = new Map<string, Client>();
  for (const { environment, exchanges } of dialogs) {
    const { address } = environment.client;
    const client: Client = clients.get(address) ?? { requests: 0, firsts: new Set<string>(), told: new Map() };
    clients.set(address, client);
    for (const { request } of exchanges.slice(1)) {
      client.requests++;
      client.firsts.add(toLatin1(request.subarray(0, HEAD)).split('\n', 1)[0] ?? '');
      for (const { head, value } of linesOf(request)) {
        const told = client.told.get(head) ?? { count: 0, values: new Set<string>() };
        told.count++;
        told.values.add(value);
        client.told.set(head, told);
      }
    }
  }
  return [...clients.values()];
}
