/**
 * Addresses and endpoints as short strings of 16-bit units: 2 units for IPv4, 8 for IPv6, one more
 * for the port. They are made for every packet and only compared; text is made once for a session.
 */
import type { Endpoint } from './types.js';
import { u16 } from './integers.js';

/** An address: 2 or 8 units. */
export type AddressKey = string;
/** An address and a port. */
export type EndpointKey = string;

export function address4(data: Uint8Array, at: number): AddressKey {
  return String.fromCharCode(u16(data, at), u16(data, at + 2));
}

export function address6(data: Uint8Array, at: number): AddressKey {
  return String.fromCharCode(
    u16(data, at),
    u16(data, at + 2),
    u16(data, at + 4),
    u16(data, at + 6),
    u16(data, at + 8),
    u16(data, at + 10),
    u16(data, at + 12),
    u16(data, at + 14),
  );
}

export function endpointKey(address: AddressKey, port: number): EndpointKey {
  return address + String.fromCharCode(port);
}

export function portOf(key: EndpointKey): number {
  return key.charCodeAt(key.length - 1);
}

export function addressOf(key: EndpointKey): AddressKey {
  return key.slice(0, -1);
}

/** The same for both directions. */
export function pairKey(a: EndpointKey, b: EndpointKey): string {
  return a < b ? a + b : b + a;
}

export function endpoint(key: EndpointKey): Endpoint {
  return { address: addressText(addressOf(key)), port: portOf(key) };
}

/** Whether no single host is meant: 255.255.255.255, 224.0.0.0/4, ff00::/8. */
export function isGroup(address: AddressKey): boolean {
  const first = address.charCodeAt(0);
  if (address.length !== 2) return first >>> 8 === 0xff;
  return (first >= 0xe000 && first < 0xf000) || (first === 0xffff && address.charCodeAt(1) === 0xffff);
}

/** Whether the host does not know its address yet: 0.0.0.0, ::. */
export function isUnspecified(address: AddressKey): boolean {
  for (let i = 0; i < address.length; i++) if (address.charCodeAt(i) !== 0) return false;
  return true;
}

/** Dotted IPv4, compressed IPv6 as RFC 5952 has it. */
export function addressText(address: AddressKey): string {
  if (address.length === 2) {
    const [high, low] = [address.charCodeAt(0), address.charCodeAt(1)];
    return `${high >>> 8}.${high & 0xff}.${low >>> 8}.${low & 0xff}`;
  }
  const units = Array.from({ length: address.length }, (_, i) => address.charCodeAt(i));
  // RFC 5952 §5: an address with IPv4 inside is written mixed.
  if (units.slice(0, 5).every((unit) => unit === 0) && units[5] === 0xffff) {
    return `::ffff:${addressText(address.slice(6))}`;
  }
  // RFC 5952 §4.2: the longest run of zeros, the first of equals, never a single one.
  let best = { at: -1, length: 1 };
  for (let at = 0; at < units.length; at++) {
    let length = 0;
    while (units[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
  }
  const hex = units.map((unit) => unit.toString(16));
  if (best.at === -1) return hex.join(':');
  return `${hex.slice(0, best.at).join(':')}::${hex.slice(best.at + best.length).join(':')}`;
}
