/** An invented protocol in which the server names a port, and gives or takes a text there. */
import { concat, fromLatin1 } from '../../src/bytes/bytes.js';
import type { Close, Message, Session } from '../../src/capture/types.js';
import { big, bytesOf, Dice, little, SERVER, type Words } from './sessions.js';

/** How a port can stand in the answer. */
export const ENCODINGS: Readonly<Record<string, (port: number) => Words>> = {
  'a decimal number': (port) => `at port ${port}, now\r\n`,
  'two decimal bytes': (port) => `at (192,0,2,7,${port >> 8},${port & 255})\r\n`,
  'two bytes, high one first': (port) => concat([fromLatin1('at\x01\x02'), big(port, 2), fromLatin1('\r\n')]),
  'two bytes, low one first': (port) => concat([fromLatin1('at\x01\x02'), little(port, 2), fromLatin1('\r\n')]),
};

/** What is asked of the server. */
export type Wish = 'GIVE' | 'TAKE' | 'NOTHING' | 'FORGET';

const START = 1_700_000_000;

interface Said {
  readonly from: 'client' | 'server';
  /** Pieces, and when each was seen. */
  readonly pieces: readonly (readonly [words: Words, time: number])[];
}

function session(
  id: number,
  client: number,
  port: number,
  source: string,
  said: readonly Said[],
  close: Close,
): Session {
  const messages = said.map(({ from, pieces }): Message => {
    const bytes = pieces.map(([words]) => bytesOf(words));
    const times = pieces.map(([, time]) => time);
    return {
      from,
      bytes: concat(bytes),
      time: times[0] ?? 0,
      lastTime: times.at(-1) ?? 0,
      pieces: bytes.map((b) => b.length),
      ...(times.length > 2 ? { times } : {}),
    };
  });
  return {
    id,
    transport: 'tcp',
    client: { address: source, port: client },
    server: { address: SERVER.address, port },
    start: (messages[0]?.time ?? 0) - 0.01,
    end: (messages.at(-1)?.lastTime ?? 0) + 0.02,
    messages,
    halfClosed: false,
    close,
    outcome: 'complete',
  };
}

const one = (from: 'client' | 'server', words: Words, time: number): Said => ({ from, pieces: [[words, time]] });

/** One client: the control session, and the data session if there is one. */
export function visit(
  number: number,
  wish: Wish,
  write: (port: number) => Words,
  dice: Dice,
  ports?: readonly number[],
): Session[] {
  const source = `10.7.${number >> 8}.${number & 255}`;
  const t = START + 60 * number;
  const port = ports ? dice.pick(ports) : dice.between(20_000, 60_000);
  const name = dice.pick(['apple', 'pear', 'plum']);
  const text = dice.text(5, 60);
  const done: readonly (readonly [Words, number])[] =
    wish === 'GIVE'
      ? [
          ['soon\r\n', t + 0.8],
          [`done, ${name} is out\r\n`, t + 1.2],
        ]
      : wish === 'TAKE'
        ? [
            ['send\r\n', t + 0.8],
            ['done, thank you\r\n', t + 1.2],
          ]
        : [['what?\r\n', t + 0.8]];
  const control = [
    one('server', 'ready\r\n', t),
    one('client', 'WHERE\r\n', t + 0.1),
    one('server', write(port), t + 0.2),
    ...(wish === 'FORGET'
      ? []
      : [
          one('client', `${wish} ${wish === 'TAKE' ? dice.text(4, 9) : name}\r\n`, t + 0.6),
          { from: 'server', pieces: done } as const,
        ]),
    one('client', 'BYE\r\n', t + 2),
    one('server', 'bye\r\n', t + 2.1),
  ];
  const sessions = [session(2 * number, 40_000, SERVER.port, source, control, { by: 'server', how: 'fin' })];
  if (wish === 'GIVE')
    sessions.push(
      session(2 * number + 1, 40_001, port, source, [one('server', `all about the ${name}\n`, t + 1)], {
        by: 'server',
        how: 'fin',
      }),
    );
  if (wish === 'TAKE')
    sessions.push(
      session(2 * number + 1, 40_001, port, source, [one('client', `${text}\r\n`, t + 1)], {
        by: 'client',
        how: 'fin',
      }),
    );
  return sessions;
}

/** Many clients with all kinds of wishes; the server may have a few ports only. */
export function visits(count: number, write: (port: number) => Words, seed = 1, ports?: readonly number[]): Session[] {
  const dice = new Dice(seed);
  const wishes: readonly Wish[] = ['GIVE', 'TAKE', 'GIVE', 'TAKE', 'FORGET', 'NOTHING'];
  return Array.from({ length: count }, (_, i) =>
    visit(i, wishes[i % wishes.length] ?? 'GIVE', write, dice, ports),
  ).flat();
}
