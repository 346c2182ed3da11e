/**
 * Lines that are typed [new]: a terminal sends each character by itself, and the server says it back at once. What is
 * asked is the line, and the answer to it is all that was said back, with what follows on the end of the line; so it
 * is learned from those who type and from those who send whole lines alike.
 */
import { concat, equal, startsWith, toLatin1 } from '../../bytes/bytes.js';
import { isTyped, typedPart } from '../../model/typed.js';
import type { Framing, State } from '../../model/types.js';
import type { Dialog, Exchange } from './exchanges.js';
import type { Row } from '../rows.js';

/** Characters that are said back one after the other before a line was typed, and lines that show it. */
const LEAST_CHARACTERS = 2;
const LEAST_LINES = 5;
/** Share of the lines that end alike. */
const NEARLY_ALL = 0.9;
/** The longest piece that is a part of a line, and end of one. */
const LONGEST_PIECE = 16;
const LONGEST_END = 2;

/** How a line ends that is typed; null: nothing is. */
export function endOfTyped(dialogs: readonly Dialog[]): Uint8Array | null {
  const ends = new Map<string, { end: Uint8Array; count: number }>();
  let lines = 0;
  for (const { exchanges } of dialogs) {
    let said = 0;
    for (const exchange of exchanges.slice(1)) {
      if (isSaidBack(exchange)) said++;
      else {
        if (said >= LEAST_CHARACTERS) {
          lines++;
          const end = endOf(exchange.request);
          const known = ends.get(toLatin1(end));
          if (known) known.count++;
          else ends.set(toLatin1(end), { end, count: 1 });
        }
        said = 0;
      }
    }
  }
  const [best] = [...ends.values()].sort((a, b) => b.count - a.count);
  return best && best.end.length > 0 && best.count >= Math.max(LEAST_LINES, lines * NEARLY_ALL) ? best.end : null;
}

function isSaidBack({ request, messages: [answer, ...more], isSignal }: Exchange): boolean {
  if (!answer || more.length > 0 || isSignal || request.length === 0 || request.length > LONGEST_PIECE) return false;
  return equal(request, answer) && isTyped(request);
}

/** The control characters that a line ends with. */
function endOf(request: Uint8Array): Uint8Array {
  let from = request.length;
  while (from > 0 && request.length - from < LONGEST_END && (request[from - 1] ?? 0) < 0x20) from--;
  return request.subarray(from);
}

/** The dialog with each line as one request. */
export function withLines(dialog: Dialog, end: Uint8Array): Dialog {
  const { exchanges } = dialog;
  const lines: Exchange[] = exchanges.slice(0, 1);
  for (let from = 1; from < exchanges.length;) {
    const to = Math.max(from + 1, endOfLine(exchanges, from, end));
    lines.push(together(exchanges.slice(from, to)));
    from = to;
  }
  return { ...dialog, exchanges: lines };
}

/** Behind the exchange that ends the line which one begins; that one's own place: it begins none. */
function endOfLine(exchanges: readonly Exchange[], from: number, end: Uint8Array): number {
  const [asked, answered]: [Uint8Array[], Uint8Array[]] = [[], []];
  for (let at = from; at < exchanges.length; at++) {
    const { request, messages, isSignal, ports, afterData } = exchanges[at] ?? {};
    if (!request || !messages || isSignal || ports || afterData) return from;
    asked.push(request);
    const typed = typedPart(concat(asked));
    if (endsWith(request, end)) return at + 1;
    answered.push(...messages);
    if (!startsWith(typed, concat(answered), 0)) return from;
  }
  return exchanges.length;
}

function together(parts: readonly Exchange[]): Exchange {
  const last = parts.at(-1);
  if (!last) throw new RangeError('nothing to put together');
  if (parts.length === 1) return last;
  const said = concat(parts.flatMap(({ messages }) => messages));
  return {
    ...last,
    request: concat(parts.map(({ request }) => request)),
    messages: said.length > 0 ? [said] : [],
    freshPort: said.length > 0 ? [false] : [],
    delays: said.length > 0 ? [last.delays[0] ?? 0] : [],
  };
}

/** Whether something that is no line is answered as well. */
export function answersOthers(dialogs: readonly Dialog[], end: Uint8Array): boolean {
  return dialogs.some(({ exchanges }) =>
    exchanges.slice(1).some((e) => e.messages.length > 0 && !isTyped(e.request) && !endsWith(e.request, end)),
  );
}

/** States behind which what is typed is not said back, as a password is not. */
export function withHidden(states: readonly State[], rows: readonly Row[], { typed, delimiter }: Framing): State[] {
  if (!typed || !delimiter) return [...states];
  const said = new Map<number, number>();
  for (const { said: its } of rows) {
    its.forEach(({ request, answer }, at) => {
      const state = its[at - 1]?.state;
      if (state === undefined || !endsWith(request, delimiter)) return;
      const line = typedPart(request.subarray(0, request.length - delimiter.length));
      if (line.length > 0) said.set(state, (said.get(state) ?? 0) + (startsWith(answer, line, 0) ? 1 : -1));
    });
  }
  return states.map((state) => ((said.get(state.id) ?? 0) < 0 ? { ...state, hides: true } : state));
}

function endsWith(bytes: Uint8Array, end: Uint8Array): boolean {
  return bytes.length >= end.length && equal(bytes.subarray(bytes.length - end.length), end);
}
