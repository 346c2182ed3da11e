/**
 * One dialogue over a pair of streams: bytes in, commands carried out in their order, one after the other.
 * For standard input and output, where one process plays one connection.
 */
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, Dialogue } from '../../emulate/index.js';

/** The longest time that an answer is held back, whatever was recorded. */
const LONGEST_DELAY = 2000;

/** What becomes of an answer. */
export type Send = (bytes: Uint8Array) => Promise<void>;

/** Carries out the commands of a dialogue; what happens while it is at work waits its turn. */
export class Conversation {
  /** Resolves when nothing more will be said. */
  readonly over: Promise<void>;
  private readonly dialogue: Dialogue;
  private readonly send: Send;
  private readonly delays: boolean;
  private finish: () => void = () => undefined;
  private ended = false;
  private last: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  /** @param delays whether the times that the recorded server took are kept */
  constructor(dialogue: Dialogue, send: Send, delays: boolean) {
    this.dialogue = dialogue;
    this.send = send;
    this.delays = delays;
    this.over = new Promise((resolve) => (this.finish = resolve));
  }

  open(): Promise<void> {
    return this.then(() => this.dialogue.open(Date.now()));
  }

  receive(bytes: Uint8Array): Promise<void> {
    return this.then(() => this.dialogue.receive(bytes, Date.now()));
  }

  /** The client will say nothing more. */
  end(): Promise<void> {
    return this.then(() => this.dialogue.end(Date.now()));
  }

  /** The client is gone. */
  abandon(): void {
    clearTimeout(this.timer);
    this.ended = true;
    this.finish();
  }

  private then(event: () => Command[]): Promise<void> {
    clearTimeout(this.timer);
    this.last = this.last.then(async () => {
      clearTimeout(this.timer);
      if (!this.ended) await this.carryOut(event());
    });
    return this.last;
  }

  private async carryOut(commands: readonly Command[]): Promise<void> {
    for (const command of commands) {
      if (this.ended) return;
      switch (command.kind) {
        case 'send':
          if (this.delays && command.delay >= 1) await sleep(Math.min(command.delay, LONGEST_DELAY));
          await this.send(command.bytes).catch(() => this.abandon());
          break;
        case 'wait':
          this.timer = setTimeout(() => void this.then(() => this.dialogue.silence(Date.now())), command.milliseconds);
          break;
        case 'close':
          this.abandon();
          break;
        case 'note':
          break;
      }
    }
  }
}

/** A writer that waits until the stream has taken the bytes. */
export function sendTo(output: Writable): Send {
  return (bytes) =>
    new Promise((done, fail) => {
      output.write(bytes, (error) => (error ? fail(error) : done()));
    });
}

/** Feeds a conversation from a stream, no faster than it answers; resolves when the conversation is over. */
export async function feed(conversation: Conversation, input: Readable): Promise<void> {
  void conversation.open();
  input.on('data', (bytes: Uint8Array) => {
    input.pause();
    void conversation.receive(bytes).then(() => input.resume());
  });
  input.on('end', () => void conversation.end().then(() => conversation.abandon()));
  input.on('error', () => conversation.abandon());
  await conversation.over;
}
