/**
 * A service moved to another address: where the recorded server's own address (and port) stands in
 * requests and answers, the address stands at which the emulator now serves.
 *
 * The whole machine is rewritten once for each address, so that matching and rendering know nothing of it.
 */
import { fromLatin1, toLatin1 } from '../bytes/bytes.js';
import type { Endpoint } from '../capture/types.js';
import type { ServiceModel } from '../model/types.js';

/** Where the recorded address stands, perhaps with its port, and what stands there now. */
interface Move {
  readonly pattern: RegExp;
  readonly address: string;
  readonly withPort: string;
}

/** The service as if it had been recorded at `server`. */
export function rebase(service: ServiceModel, server: Endpoint): ServiceModel {
  if (service.server === server.address && service.port === server.port) return service;
  const moves = service.server.length < 4 ? [] : ENCODINGS.map((encode) => moveOf(service, server, encode));
  const moved = walk(service, moves) as ServiceModel;
  return { ...moved, server: server.address, port: server.port };
}

/** One character as it stands in text and in UTF-16. */
const ENCODINGS = [(c: string) => c, (c: string) => `${c}\x00`, (c: string) => `\x00${c}`] as const;

/** A longer number, or more numbers behind a dot, would make it another address. */
function moveOf(service: ServiceModel, server: Endpoint, encode: (character: string) => string): Move {
  const isV6 = service.server.includes(':');
  const spell = (text: string) => Array.from(text, encode).join('');
  const quote = (text: string) => Array.from(text, (c) => encode(/\w/.test(c) ? c : `\\${c}`)).join('');
  const digit = encode(isV6 ? '[0-9A-Fa-f:]' : '[0-9]');
  const dot = quote('.');
  const before = isV6 ? digit : `${digit}|${digit}${dot}`;
  const behind = isV6 ? digit : `${digit}|${dot}${digit}`;
  const port = `${quote(isV6 ? `]:${service.port}` : `:${service.port}`)}(?!${encode('[0-9]')})`;
  const moved = server.address.includes(':') && !isV6 ? `[${server.address}]` : server.address;
  return {
    pattern: new RegExp(`(?<!${before})${quote(service.server)}(?:(${port})|(?!${behind}))`, 'g'),
    address: spell(server.address),
    withPort: spell(`${moved}${isV6 ? ']' : ''}:${server.port}`),
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
  for (const { pattern, address, withPort } of moves) {
    moved = moved.replace(pattern, (_, port: string | undefined) => (port === undefined ? address : withPort));
  }
  return moved === text ? bytes : fromLatin1(moved);
}
