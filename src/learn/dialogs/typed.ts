/**
 * Lines that are typed [new]: a terminal sends each character by itself, and the server says it back at once. What is
 * asked is the line, and the answer to it is all that was said back, with what follows on the end of the line; so it
 * is learned from those who type and from those who send whole lines alike.
 */
import { concat, endsWith, equal, startsWith, toLatin1 } from '../../bytes/bytes.js';
import { isTyped, typedPart } from '../../model/typed.js';
import type { Framing, State } from '../../model/types.js';
import type { Dialog, Exchange } from './exchanges.js';
import type { Row } from '../rows.js';

/** Characters that are said back one after the other before a line was typed, and lines that show it. */
const LEAST_CHARACTERS = 2;
const LEAST_LINES = 5;
/** Share of the lines that end alike. */
const NEARLY_ALL = 0.9;
/** Pieces of a line, and the longest of them that shows that lines are typed, and end of one. */
const MOST_PIECES = 1024;
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
  const back = new SaidBack();
  for (let at = from; at < exchanges.length; at++) {
    const { request, messages, isSignal, ports, afterData } = exchanges[at] ?? {};
    if (!request || !messages || isSignal || ports || afterData || at - from >= MOST_PIECES) return from;
    if (endsWith(request, end)) return at + 1;
    if (!back.holds(request, messages)) return from;
  }
  return exchanges.length;
}

/** Whether what came back, as far as a line goes, is what was typed of it. */
class SaidBack {
  /** The printable bytes at the end of what was asked, and how many of them were said back. */
  private typed: number[] = [];
  private said = 0;

  holds(request: Uint8Array, messages: readonly Uint8Array[]): boolean {
    const part = typedPart(request);
    const before = this.typed;
    if (part.length === request.length) for (const byte of part) this.typed.push(byte);
    else {
      // it begins anew, and what was said back before has to be the beginning of that
      this.typed = [...part];
      for (let i = 0; i < this.said; i++) if (this.typed[i] !== before[i]) return false;
    }
    return messages.every((message) => message.every((byte) => byte === this.typed[this.said++]));
  }
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
