/**
 * A service moved to another address: where the recorded server's own address (and port) stands in
 * requests and answers, the address stands at which the emulator now serves.
 *
 * The whole machine is rewritten once for each address, so that matching and rendering know nothing of it.
 */
import { concat, fromLatin1, indexOf } from '../bytes/bytes.js';
import type { Endpoint } from '../capture/types.js';
import type { ServiceModel } from '../model/types.js';

type Replacement = readonly [from: Uint8Array, to: Uint8Array];

/** The service as if it had been recorded at `server`. */
export function rebase(service: ServiceModel, server: Endpoint): ServiceModel {
  if (service.server === server.address && service.port === server.port) return service;
  const replacements = [
    ...inEncodings(`${service.server}:${service.port}`, `${server.address}:${server.port}`),
    ...inEncodings(service.server, server.address),
  ];
  const moved = walk(service, replacements) as ServiceModel;
  return { ...moved, server: server.address, port: server.port };
}

function inEncodings(from: string, to: string): Replacement[] {
  if (from === to || from.length < 4) return [];
  return [
    [fromLatin1(from), fromLatin1(to)],
    [utf16(from, 0), utf16(to, 0)],
    [utf16(from, 1), utf16(to, 1)],
  ];
}

function utf16(text: string, high: 0 | 1): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) bytes[2 * i + high] = text.charCodeAt(i);
  return bytes;
}

/** The same data with every byte string rewritten. */
function walk(value: unknown, replacements: readonly Replacement[]): unknown {
  if (value instanceof Uint8Array) return rewrite(value, replacements);
  if (Array.isArray(value)) return value.map((item: unknown) => walk(item, replacements));
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) copy[key] = walk(item, replacements);
  return copy;
}

function rewrite(bytes: Uint8Array, replacements: readonly Replacement[]): Uint8Array {
  for (const [from, to] of replacements) {
    let found = indexOf(bytes, from);
    if (found < 0) continue;
    const parts: Uint8Array[] = [];
    let at = 0;
    for (; found >= 0; found = indexOf(bytes, from, at)) {
      parts.push(bytes.subarray(at, found), to);
      at = found + from.length;
    }
    parts.push(bytes.subarray(at));
    bytes = concat(parts);
  }
  return bytes;
}
