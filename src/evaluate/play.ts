/**
 * Plays the client side of a recorded session against the emulator in memory: the same engine as on
 * sockets, without them. What the client says is what was recorded; what it gets is compared by others.
 */
import { EMPTY, concat } from '../bytes/bytes.js';
import type { Session } from '../capture/types.js';
import type { Command, CompiledService, Note } from '../emulate/index.js';

/** One recorded exchange and what the emulator made of it. */
export interface Played {
  /** Empty for the opening. */
  readonly request: Uint8Array;
  readonly expected: Uint8Array;
  readonly given: Uint8Array;
  readonly notes: readonly Note[];
}

/** The exchanges of a session; a UDP datagram or a run of TCP bytes in one direction is one message. */
export function play(compiled: CompiledService, session: Session, random: () => number): Played[] {
  const dialogue = compiled.dialogue({ client: session.client, server: session.server }, random);
  const played: Played[] = [];
  let request: Uint8Array = EMPTY;
  let given: Uint8Array[] = [];
  let expected: Uint8Array[] = [];
  let notes: Note[] = [];
  const carryOut = (commands: readonly Command[]): boolean => {
    let waits = false;
    for (const command of commands) {
      if (command.kind === 'send') given.push(command.bytes);
      else if (command.kind === 'note') notes.push(command.note);
      else if (command.kind === 'wait') waits = true;
    }
    return waits;
  };
  const flush = () => {
    played.push({ request, expected: concat(expected), given: concat(given), notes });
    given = [];
    expected = [];
    notes = [];
  };
  carryOut(dialogue.open(session.start * 1000));
  let opening = true;
  let waiting = false;
  for (const message of session.messages) {
    if (message.from === 'server') {
      // the client waited for this answer: silence has passed
      if (waiting) carryOut(dialogue.silence(message.time * 1000));
      waiting = false;
      expected.push(message.bytes);
      continue;
    }
    if (opening || expected.length > 0) {
      flush();
      request = EMPTY;
    }
    opening = false;
    request = request.length === 0 ? message.bytes : concat([request, message.bytes]);
    waiting = carryOut(dialogue.receive(message.bytes, message.time * 1000));
  }
  if (waiting) carryOut(dialogue.silence(session.end * 1000));
  flush();
  return played;
}
