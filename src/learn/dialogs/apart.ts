/**
 * Whose answer is whose, where a client asked for several things without waiting [new]: what it said at once is taken
 * apart into requests, and what came back is given to the request that it names. Where nothing names anything, as many
 * frames as there were requests are theirs in turn; all else is left as it came, at the last request, and told by
 * habit (`pipelines.ts`).
 */
import { concat } from '../../bytes/bytes.js';
import type { NamedPort } from '../../capture/types.js';
import { clientCutter, cutByDelimiter, cutByLength } from '../../model/frames.js';
import type { Framing, LengthField } from '../../model/types.js';
import { portsIn, splitFrames, type Dialog, type Exchange } from './exchanges.js';
import { findNames, type Names, type Pair } from './names.js';

/** Share of what came for several requests which has to name one of them, and one only; runs of which that is asked. */
const NAMED = 0.95;
const LEAST_RUNS = 3;

/** What came back after something was said: in parts, each of which is one request's. */
interface Cutting {
  readonly parts: (messages: readonly Uint8Array[]) => readonly Uint8Array[] | null;
  /** A part that names nothing goes on with the one before it. */
  readonly isLines?: true;
  /** The parts of one request are one message. */
  readonly isStream?: true;
  /** As many parts as requests are theirs in turn. */
  readonly isInTurn?: boolean;
}

/** Requests that were said without waiting, with all that came back for them. */
interface Run {
  readonly from: number;
  readonly requests: readonly Uint8Array[];
  readonly parts: readonly Uint8Array[];
}

/** Dialogs of datagrams: every one that came back is at the request that it names. */
export function datagramsApart(dialogs: readonly Dialog[]): Dialog[] {
  return withOwnAnswers(dialogs, { parts: (messages) => messages });
}

/**
 * Dialogs of streams cut into requests of one frame, each with its own answer.
 * @param answers the length of what the server says
 */
export function framesApart(dialogs: readonly Dialog[], framing: Framing, answers = framing.answers): Dialog[] {
  const split = dialogs.map((d) => splitFrames(d, clientCutter(framing)));
  const cutting = cuttingOf(framing, answers);
  return cutting ? withOwnAnswers(split, cutting) : split;
}

function cuttingOf({ delimiter, more }: Framing, answers: LengthField | undefined): Cutting | null {
  const whole = (cut: (message: Uint8Array) => readonly Uint8Array[] | null): Cutting['parts'] => {
    return ([message, ...others]) => (message === undefined ? [] : others.length > 0 ? null : cut(message));
  };
  if (answers) return { parts: whole((m) => cutByLength(answers, m)), isStream: true, isInTurn: !more };
  if (delimiter) return { parts: whole((m) => cutByDelimiter(delimiter, m)), isStream: true, isLines: true };
  return null;
}

function withOwnAnswers(dialogs: readonly Dialog[], cutting: Cutting): Dialog[] {
  const runs = dialogs.map(({ exchanges }) => runsIn(exchanges, cutting));
  const all = runs.flat();
  if (all.length === 0) return [...dialogs];
  const exchanges = dialogs.flatMap((dialog) => dialog.exchanges.slice(1));
  const namesOf = (its: readonly Exchange[]): Names | null =>
    findNames(pairsIn(its, cutting), (names) => tellsApart(names, all, cutting));
  // where next to nothing was asked alone, what came last is most likely the answer of what was said last
  const names = namesOf(exchanges.filter((e) => !e.pipelined)) ?? namesOf(exchanges);
  return dialogs.map((dialog, d) => {
    const exchanges = [...dialog.exchanges];
    for (const run of runs[d] ?? []) {
      const owners = ownersIn(run, names, cutting);
      if (owners) exchanges.splice(run.from, run.requests.length, ...given(exchanges, run, owners, cutting));
    }
    return { ...dialog, exchanges };
  });
}

function runsIn(exchanges: readonly Exchange[], { parts: cut }: Cutting): Run[] {
  const runs: Run[] = [];
  let from = 1;
  exchanges.forEach(({ messages, pipelined, last }, i) => {
    if (i < from || (pipelined && messages.length === 0 && !last)) return;
    const parts = pipelined && i > from ? cut(messages) : null;
    const requests = exchanges.slice(from, i + 1).map((e) => e.request);
    if (parts && parts.length > 0) runs.push({ from, requests, parts });
    from = i + 1;
  });
  return runs;
}

/** Requests with what came back first; of requests said at once the last one, where nothing else came. */
function pairsIn(exchanges: readonly Exchange[], { parts: cut }: Cutting): Pair[] {
  return exchanges.flatMap(({ request, messages, pipelined, isSignal }) => {
    const [answer, ...more] = isSignal ? [] : (cut(messages) ?? messages);
    return answer && request.length > 0 && !(pipelined && more.length > 0) ? [{ request, answer }] : [];
  });
}

function tellsApart(names: Names, runs: readonly Run[], cutting: Cutting): boolean {
  const owners = runs.flatMap((run) => named(run, names, cutting));
  return runs.length >= LEAST_RUNS && owners.filter((owner) => owner >= 0).length >= owners.length * NAMED;
}

/** For each part the request that it belongs to; null where that can not be told of all. */
function ownersIn(run: Run, names: Names | null, cutting: Cutting): number[] | null {
  const owners = names ? named(run, names, cutting) : [-1];
  if (!owners.includes(-1)) return owners;
  return cutting.isInTurn && run.parts.length === run.requests.length ? run.parts.map((_, i) => i) : null;
}

/** For each part the only request that it names; -1: there is none. */
function named({ requests, parts }: Run, names: Names, { isLines }: Cutting): number[] {
  const said = requests.map(names.ofRequest);
  const goesOn = isLines && !said.includes(null);
  let before = -1;
  return parts.map((part) => {
    const name = names.ofAnswer(part);
    const first = name === null ? -1 : said.indexOf(name);
    const isNone = first < 0 && goesOn;
    if (!isNone) before = said.indexOf(name, first + 1) < 0 ? first : -1;
    return before;
  });
}

/** The exchanges of a run, each with what belongs to it. */
function given(exchanges: readonly Exchange[], run: Run, owners: readonly number[], { isStream }: Cutting): Exchange[] {
  const last = exchanges[run.from + run.requests.length - 1];
  return exchanges.slice(run.from, run.from + run.requests.length).map((exchange, i): Exchange => {
    const { request, time, close, last: isLast } = exchange;
    const own = owners.flatMap((owner, p) => (owner === i ? [p] : []));
    const parts = own.flatMap((p) => run.parts[p] ?? []);
    const messages = isStream && parts.length > 1 ? [concat(parts)] : parts;
    const of = <T>(values: readonly T[] = []): T[] =>
      messages.flatMap((_, m) => values[isStream ? 0 : (own[m] ?? 0)] ?? []);
    return {
      request,
      messages,
      ...portsOf(run, own, last?.ports),
      ...(last?.afterData && own.length > 0 ? { afterData: of(last.afterData) } : {}),
      freshPort: of(last?.freshPort),
      delays: of(last?.delays),
      close,
      pipelined: false,
      time,
      last: isLast,
    };
  });
}

/** The ports that some parts of what came back name, at their places in these parts put together. */
function portsOf(
  { parts }: Run,
  own: readonly number[],
  ports: readonly NamedPort[] | undefined,
): { ports?: NamedPort[] } {
  if (!ports) return {};
  let there = 0;
  const all = own.flatMap((p) => {
    const from = parts.slice(0, p).reduce((sum, part) => sum + part.length, 0);
    const length = parts[p]?.length ?? 0;
    there += length;
    return portsIn(ports, from, from + length).ports?.map((port) => ({ ...port, at: port.at + there - length })) ?? [];
  });
  return all.length > 0 ? { ports: all } : {};
}
