/**
 * A service moved to another address: where the recorded server's own address (and port) stands in
 * requests and answers, the address stands at which the emulator now serves.
 *
 * The whole machine is rewritten once for each address, so that matching and rendering know nothing of it.
 */
import { concat, fromLatin1, startsWith, toLatin1 } from '../bytes/bytes.js';
import type { Endpoint, PortCodec } from '../capture/types.js';
import { binaryAddress, binaryPort } from '../model/binary-ends.js';
import type { Piece, Rule, ServiceModel, State } from '../model/types.js';

/** Where the recorded address stands, perhaps with its port, and what stands there now. */
interface Move {
  readonly pattern: RegExp;
  readonly address: string;
  readonly withPort: string;
  /** The port as two more numbers. */
  readonly withNumbers: string;
}

/** The service as if it had been recorded at `server`. */
export function rebase(service: ServiceModel, server: Endpoint): ServiceModel {
  if (service.server === server.address && service.port === server.port) return service;
  const moves = service.server.length < 4 ? [] : ENCODINGS.map((encode) => moveOf(service, server, encode));
  const moved = walk(service, [...moves, ...inBinary(service, server)]) as ServiceModel;
  const states = moved.states.map((state) => besidePorts(state, service.server, server.address));
  return { ...moved, states, server: server.address, port: server.port };
}

/** The state with the address that stands right before the port of a data session moved: there it can be nothing else. */
function besidePorts(state: State, from: string, to: string): State {
  if (!state.answer.some(({ pieces }) => pieces.some(isPort))) return state;
  const [old, young] = [from, to].map((address) => binaryAddress(address, 'big'));
  if (old?.length !== 4 || young?.length !== 4) return state;
  const answer = state.answer.map((message) => ({
    ...message,
    pieces: message.pieces.map((piece, i): Piece => {
      const next = message.pieces[i + 1];
      if (piece.kind !== 'literal' || !next || !isPort(next)) return piece;
      return { ...piece, bytes: moveEnd(piece.bytes, next.rule.write, old, young) };
    }),
  }));
  return { ...state, answer };
}

function isPort(piece: Piece): piece is Piece & { rule: Rule & { kind: 'port' } } {
  return piece.kind === 'rule' && piece.rule.kind === 'port';
}

/** The literal with another address at its end, where it ends on the old one, written as the port behind it is. */
function moveEnd(literal: Uint8Array, write: PortCodec, old: Uint8Array, young: Uint8Array): Uint8Array {
  const spell = (address: Uint8Array): Uint8Array => {
    if (write.kind === 'binary') return write.order === 'big' ? address : address.slice().reverse();
    const between = write.kind === 'pair' ? toLatin1(write.between) : ',';
    return fromLatin1(Array.from(address, (byte) => `${byte}${between}`).join(''));
  };
  const end = spell(old);
  const at = literal.length - end.length;
  if (at < 0 || !startsWith(literal, end, at)) return literal;
  const before = literal[at - 1] ?? 0;
  if (write.kind !== 'binary' && before >= 0x30 && before <= 0x39) return literal;
  return concat([literal.subarray(0, at), spell(young)]);
}

/** Address and port beside each other in binary: six bytes are no chance. */
function inBinary(service: ServiceModel, server: Endpoint): Move[] {
  return (['big', 'little'] as const).flatMap((order) => {
    const pairs = [{ address: service.server, port: service.port }, server].map(({ address, port }) => {
      const parts = [binaryPort(port, order), binaryAddress(address, order)];
      return [concat(parts), concat(parts.reverse())].map(toLatin1);
    });
    const [old = [], young = []] = pairs;
    return old.flatMap((text, i): Move[] => {
      const next = young[i] ?? '';
      const pattern = new RegExp(Array.from(text, escaped).join(''), 'g');
      return text.length > 2 && text.length === next.length
        ? [{ pattern, address: next, withPort: next, withNumbers: next }]
        : [];
    });
  });
}

function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** One character as it stands in text and in UTF-16. */
const ENCODINGS = [(c: string) => c, (c: string) => `${c}\x00`, (c: string) => `\x00${c}`] as const;

/** A longer number, or more numbers behind a dot, would make it another address; but just two more are a port. */
function moveOf(service: ServiceModel, server: Endpoint, encode: (character: string) => string): Move {
  const isV6 = service.server.includes(':');
  const spell = (text: string) => Array.from(text, encode).join('');
  const quote = (text: string) => Array.from(text, (c) => encode(/\w/.test(c) ? c : `\\${c}`)).join('');
  const digit = encode(isV6 ? '[0-9A-Fa-f:]' : '[0-9]');
  const dot = quote('.');
  const before = isV6 ? digit : `${digit}|${digit}${dot}`;
  const behind = isV6 ? digit : `${digit}|${dot}${digit}`;
  const port = `${quote(isV6 ? `]:${service.port}` : `:${service.port}`)}(?!${encode('[0-9]')})`;
  const own = `(${quote(`.${service.port >> 8}.${service.port & 255}`)})(?!${behind})`;
  const other = `(?=(?:${dot}(?:${encode('[0-9]')}){1,3}){2}(?!${behind}))`;
  const moved = server.address.includes(':') && !isV6 ? `[${server.address}]` : server.address;
  return {
    pattern: new RegExp(`(?<!${before})${quote(service.server)}(?:(${port})|${own}|${other}|(?!${behind}))`, 'g'),
    address: spell(server.address),
    withPort: spell(`${moved}${isV6 ? ']' : ''}:${server.port}`),
    withNumbers: spell(`${server.address}.${server.port >> 8}.${server.port & 255}`),
  };
}

/** The same data with every byte string rewritten. */
function walk(value: unknown, moves: readonly Move[]): unknown {
  if (value instanceof Uint8Array) return rewrite(value, moves);
  if (Array.isArray(value)) return value.map((item: unknown) => walk(item, moves));
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) copy[key] = walk(item, moves);
  return copy;
}

function rewrite(bytes: Uint8Array, moves: readonly Move[]): Uint8Array {
  const text = toLatin1(bytes);
  let moved = text;
  for (const { pattern, address, withPort, withNumbers } of moves) {
    moved = moved.replace(pattern, (_, port?: string, numbers?: string) =>
      port !== undefined ? withPort : numbers !== undefined ? withNumbers : address,
    );
  }
  return moved === text ? bytes : fromLatin1(moved);
}
