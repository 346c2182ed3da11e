/**
 * The sessions that a refinement was learned from, as bytes: kept with the model, so that what was learned
 * from few is learned anew when there are more.
 */
import { fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import type { Endpoint, Message, Session } from '../../capture/types.js';

/** Bytes of samples that are kept. */
export const MOST_KEPT = 32 * 1024 * 1024;

/** One message in few words: who, seconds after the session began, seconds until its last byte, bytes. */
type Line = readonly [from: 0 | 1, time: number, lasted: number, bytes: string, serverPort?: number];

interface Plain extends Omit<Session, 'messages' | 'client' | 'server'> {
  readonly client: readonly [string, number];
  readonly server: readonly [string, number];
  readonly lines: readonly Line[];
}

/** Microseconds are what captures have. */
const round = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;

/** Sessions as they were recorded, in lines of JSON. */
export function pack(sessions: readonly Session[]): Uint8Array {
  return new TextEncoder().encode(
    sessions
      .map(({ messages, client, server, ...rest }) => {
        const lines = messages.map(({ from, bytes, time, lastTime, serverPort }): Line => {
          const text = Buffer.from(bytes).toString('base64');
          const line = [from === 'client' ? 0 : 1, round(time - rest.start), round(lastTime - time), text] as const;
          return serverPort === undefined ? line : [...line, serverPort];
        });
        const plain: Plain = {
          ...rest,
          client: [client.address, client.port],
          server: [server.address, server.port],
          lines,
        };
        return `${JSON.stringify(plain)}\n`;
      })
      .join(''),
  );
}

/**
 * What {@link pack} wrote.
 *
 * @throws {SyntaxError} where it is something else
 */
export function unpack(bytes: Uint8Array): Session[] {
  const text = new TextDecoder().decode(bytes);
  return text.split('\n').flatMap((line): Session[] => {
    if (line === '') return [];
    const { lines, client, server, ...rest } = JSON.parse(line) as Plain;
    if (!Array.isArray(lines) || !Array.isArray(client) || !Array.isArray(server))
      throw new SyntaxError('samples are not sessions');
    return [
      {
        ...rest,
        client: endpoint(client as Plain['client']),
        server: endpoint(server as Plain['server']),
        messages: (lines as readonly Line[]).map((l) => toMessage(l, rest.start)),
      },
    ];
  });
}

function endpoint([address, port]: readonly [string, number]): Endpoint {
  return { address, port };
}

function toMessage([from, after, lasted, text, serverPort]: Line, start: number): Message {
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  const time = start + after;
  return {
    from: from === 0 ? 'client' : 'server',
    bytes,
    time,
    lastTime: time + lasted,
    pieces: [bytes.length],
    ...(serverPort === undefined ? {} : { serverPort }),
  };
}

/** One byte string for another in all that was said. */
export function replaced(sessions: readonly Session[], pairs: readonly (readonly [string, string])[]): Session[] {
  const moves = pairs.flatMap(([old, young]) => SPELLINGS.map((spell) => [spell(old), spell(young)] as const));
  if (moves.length === 0) return [...sessions];
  return sessions.map((session) => ({
    ...session,
    messages: session.messages.map((message) => {
      const text = toLatin1(message.bytes);
      const other = moves.reduce((all, [old, young]) => all.replaceAll(old, young), text);
      if (other === text) return message;
      const bytes = fromLatin1(other);
      const { from, time, lastTime, serverPort } = message;
      const port = serverPort === undefined ? {} : { serverPort };
      return { from, time, lastTime, bytes, pieces: [bytes.length], ...port };
    }),
  }));
}

const everyOther = (text: string, one: (c: string) => string): string => Array.from(text, one).join('');
/** How text may stand in messages: as it is, or in UTF-16. */
export const SPELLINGS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => everyOther(text, (c) => `${c}\0`),
  (text) => everyOther(text, (c) => `\0${c}`),
];
