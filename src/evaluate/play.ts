/**
 * Plays the client side of a recorded session against the emulator in memory: the same engine as on
 * sockets, without them. What the client says is what was recorded; what it gets is compared by others.
 */
import { concat } from '../bytes/bytes.js';
import type { Message, Session } from '../capture/types.js';
import type { Command, CompiledService, Note } from '../emulate/index.js';
import { readPortAt } from '../model/port.js';

/** One recorded exchange: what the client said before the server spoke, and what the server said then. */
export interface Recorded {
  /** Empty for the opening. */
  readonly request: Uint8Array;
  readonly expected: Uint8Array;
}

/** A note of the emulator's, and how many bytes of the exchange's answer it had given by then. */
export interface Noted {
  readonly note: Note;
  readonly at: number;
}

/** One recorded exchange and what the emulator made of it. */
export interface Played extends Recorded {
  readonly given: Uint8Array;
  readonly notes: readonly Noted[];
  /** The emulator had closed the session before this exchange. */
  readonly late: boolean;
}

/** Ports from here on are as good as any. */
const SOME_PORT = 20_000;

interface Cut {
  readonly requests: readonly Message[];
  readonly answers: readonly Message[];
}

/** A session cut where the client speaks after the server; the first part is the opening. */
function cut(session: Session): Cut[] {
  const cuts: Cut[] = [];
  let requests: Message[] = [];
  let answers: Message[] = [];
  for (const message of session.messages) {
    if (message.from === 'server') answers.push(message);
    else {
      if (cuts.length === 0 || answers.length > 0) {
        cuts.push({ requests, answers });
        requests = [];
        answers = [];
      }
      requests.push(message);
    }
  }
  cuts.push({ requests, answers });
  return cuts;
}

const bytesOf = (messages: readonly Message[]): Uint8Array =>
  messages.length === 1 && messages[0] ? messages[0].bytes : concat(messages.map((m) => m.bytes));

/** The ports of data sessions that a message names. */
function portsOf({ bytes, part }: Message): number[] {
  return (part?.ports ?? []).flatMap(({ write, at }) => readPortAt(write, bytes, at)?.value ?? []);
}

/** The exchanges of a session as they were recorded; a UDP datagram or a run of TCP bytes in one direction is one message. */
export function exchangesOf(session: Session): Recorded[] {
  return cut(session).map(({ requests, answers }) => ({ request: bytesOf(requests), expected: bytesOf(answers) }));
}

/**
 * The exchanges of a session, played.
 *
 * @param random uniform numbers in [0, 1) for what the server makes up
 * @param later seconds by which the session is played later than it was recorded
 */
export function play(compiled: CompiledService, session: Session, random: () => number, later = 0): Played[] {
  // the ports that the client went to are the ones that it is given again; others it has no use for
  let ports: number[] = [];
  const openPort = (): number => ports.shift() ?? SOME_PORT + Math.floor(random() * SOME_PORT);
  const dialogue = compiled.dialogue({ client: session.client, server: session.server }, random, openPort);
  const time = (seconds: number): number => (seconds + later) * 1000;
  const played = cut(session).map(({ requests, answers }, i, all) => {
    const late = dialogue.closed;
    const parts: Uint8Array[] = [];
    const notes: Noted[] = [];
    let length = 0;
    ports = answers.flatMap(portsOf);
    const carryOut = (commands: readonly Command[]): boolean => {
      let waits = false;
      for (const command of commands) {
        if (command.kind === 'send') {
          parts.push(command.bytes);
          length += command.bytes.length;
        } else if (command.kind === 'note') notes.push({ note: command.note, at: length });
        else if (command.kind === 'wait') waits = true;
        else if (command.kind === 'hold') carryOut(dialogue.dataEnded(command.port, time(session.start)));
      }
      return waits;
    };
    if (i === 0) carryOut(dialogue.open(time(session.start)));
    let waiting = false;
    for (const { bytes, time: said, part } of requests) {
      if (part?.isSignal === true) carryOut(dialogue.hear(bytes, time(said)));
      else if (part?.isCause === true) waiting = carryOut(dialogue.feed(bytes, time(said)));
      else waiting = carryOut(dialogue.receive(bytes, time(said)));
    }
    if (compiled.service.framing.untilEnd === true && i === all.length - 1) carryOut(dialogue.end(time(session.end)));
    // The client waited for this answer: silence has passed.
    if (waiting) carryOut(dialogue.silence(time(answers[0]?.time ?? session.end)));
    const given = parts.length === 1 && parts[0] ? parts[0] : concat(parts);
    return { request: bytesOf(requests), expected: bytesOf(answers), given, notes, late };
  });
  if (session.close.how !== 'open') dialogue.leave(time(session.over ?? session.end));
  return played;
}
