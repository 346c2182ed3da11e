/**
 * The control session's side of its data sessions [06 §4.2]: which port it has offered, and what it has to
 * say when the session there is over. Until then all that follows waits, in its order.
 */
import type { Command, OpenPort } from './types.js';

/** Bytes that wait for the end of a data session; beyond them nothing waits any longer. */
const MOST_HELD = 1024 * 1024;
/** What a command that waits takes beside its bytes. */
const COMMAND = 64;
/** Where nobody opens ports they are made up, from here on. */
const FIRST_MADE_UP = 10_000;
const MADE_UP = 50_000;

export class DataSessions {
  private readonly open: OpenPort | undefined;
  private readonly random: () => number;
  /** The port of the answer at hand, once it was asked for; and the one that waits for a request. */
  private answered: number | null | undefined;
  private offered: number | null = null;
  private waiting: Command[] = [];
  private waitingFor: number | null = null;
  private held = 0;

  constructor(open: OpenPort | undefined, random: () => number) {
    this.open = open;
    this.random = random;
  }

  /** A new answer: it may offer a new port. */
  next(): void {
    this.answered = undefined;
  }

  /** The port that the answer at hand offers. */
  port(): number | null {
    if (this.answered !== undefined) return this.answered;
    if (!this.open) return (this.answered = FIRST_MADE_UP + Math.floor(this.random() * MADE_UP));
    this.answered = this.open();
    if (this.answered !== null) this.offered = this.answered;
    return this.answered;
  }

  /** The port that was offered and not used; with `use` it is used now. */
  take(use: boolean): number | null {
    const port = this.offered;
    if (use) this.offered = null;
    return port;
  }

  /** The commands that can be carried out now; the others wait. */
  pass(commands: readonly Command[]): Command[] {
    const now: Command[] = [];
    for (const command of commands) {
      const isLater = this.waitingFor !== null && command.kind !== 'note' && command.kind !== 'wait';
      if (!isLater) {
        now.push(command);
        if (command.kind === 'hold') this.waitingFor = command.port;
        continue;
      }
      this.waiting.push(command);
      this.held += COMMAND + (command.kind === 'send' ? command.bytes.length : 0);
    }
    if (this.held > MOST_HELD) now.push(...this.release(true));
    return now;
  }

  /** The data session at a port is over. */
  ended(port: number): Command[] {
    return this.waitingFor === port ? this.release(false) : [];
  }

  private release(all: boolean): Command[] {
    const { waiting } = this;
    this.waiting = [];
    this.waitingFor = null;
    this.held = 0;
    return all ? waiting.filter(({ kind }) => kind !== 'hold') : this.pass(waiting);
  }
}
