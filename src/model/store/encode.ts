/**
 * Data with byte strings ↔ data as JSON knows it, by walking it: rules and tests of kinds that are
 * yet to be invented need no line here.
 */
import { createHash } from 'node:crypto';
import { ModelError } from '../errors.js';
import { escapeBytes, escapeLiteral, escapeText, unescape } from './escape.js';
import type { Json } from './json.js';

/** Byte strings longer than this go into a file of their own. */
const LITERAL_BYTES = 1024;

/** SHA-256 in hexadecimal. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** @param literals takes the long byte strings, by hash. */
export function encode(value: unknown, literals: Map<string, Uint8Array>): Json {
  if (value instanceof Uint8Array) {
    if (value.length <= LITERAL_BYTES) return escapeBytes(value);
    const hash = sha256(value);
    literals.set(hash, value);
    return escapeLiteral(hash);
  }
  if (typeof value === 'string') return escapeText(value);
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (Array.isArray(value)) return value.map((member) => encode(member, literals));
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} can not be part of a model`);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, encode(member, literals)]));
}

/**
 * @param file named in errors.
 * @param literal finds a long byte string by its hash.
 */
export function decode(value: Json, file: string, literal: (hash: string, place: string) => Uint8Array): unknown {
  const walk = (at: Json, place: string): unknown => {
    if (typeof at === 'string') {
      const decoded = unescape(at);
      if (decoded === null)
        throw new ModelError('damaged', `${file}: ${place} is not a byte string: ${at.slice(0, 40)}`);
      if (decoded.kind === 'literal') return literal(decoded.hash, place);
      return decoded.kind === 'bytes' ? decoded.bytes : decoded.text;
    }
    if (at === null || typeof at !== 'object') return at;
    if (Array.isArray(at)) return (at as readonly Json[]).map((member, i) => walk(member, `${place}[${i}]`));
    return Object.fromEntries(
      Object.entries(at).map(([key, member]) => [key, walk(member, place === '' ? key : `${place}.${key}`)]),
    );
  };
  return walk(value, '');
}
