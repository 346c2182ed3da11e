/** Messages of one session as turns: what each side said until the other one spoke [05 §2.2]. */
import { concat } from '../../bytes/bytes.js';
import type { Message } from '../../capture/types.js';

/** What each side said until the other one spoke. */
export function inTurn(messages: readonly Message[]): readonly Message[] {
  if (messages.every(({ from }, i) => from !== messages[i - 1]?.from)) return messages;
  const turns: Message[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (last?.from === message.from) turns[turns.length - 1] = joined(last, message);
    else turns.push(message);
  }
  return turns;
}

/** One message of two that one side said. */
export function joined(message: Message, more: Message): Message {
  return { ...withBytes(message, concat([message.bytes, more.bytes])), lastTime: more.lastTime };
}

/** A message that says something else; where its packets were cut is no longer known. */
export function withBytes({ from, time, lastTime }: Message, bytes: Uint8Array): Message {
  return { from, time, lastTime, bytes, pieces: [bytes.length] };
}
