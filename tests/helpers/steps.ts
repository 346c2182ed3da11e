/** What the engine in memory says to a recorded client: the yardstick for everything that wraps the engine. */
import type { Session } from '../../src/capture/types.js';
import type { Command, CompiledService, Environment } from '../../src/emulate/index.js';

/** The client says something (nothing: the opening; null: that it will say no more) and the server answers. */
export interface Step {
  readonly say: Uint8Array | null;
  /** Messages of the answer, in order. */
  readonly hear: readonly Uint8Array[];
  /** The engine waited for more before it answered, or did not answer at all. */
  readonly waited: boolean;
  /** The server closes after this. */
  readonly closed: boolean;
}

/** All steps of a session, up to the server's closing it. */
export function stepsOf(
  compiled: CompiledService,
  session: Session,
  environment: Environment,
  random: () => number,
  now: number,
): Step[] {
  const dialogue = compiled.dialogue(environment, random);
  const steps: Step[] = [];
  const take = (say: Uint8Array | null, commands: readonly Command[]): void => {
    const waited = commands.some((command) => command.kind === 'wait');
    const all = waited ? [...commands, ...dialogue.silence(now)] : commands;
    const hear = all.flatMap((command) => (command.kind === 'send' ? [command.bytes] : []));
    steps.push({ say, hear, waited, closed: all.some((command) => command.kind === 'close') });
  };
  take(new Uint8Array(0), dialogue.open(now));
  for (const { from, bytes } of session.messages) {
    if (dialogue.closed) return steps;
    if (from === 'client') take(bytes, dialogue.receive(bytes, now));
  }
  if (!dialogue.closed && session.transport === 'tcp') take(null, dialogue.end(now));
  return steps;
}
