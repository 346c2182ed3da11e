/** Addresses and ports of the two ends of a connection as they stand in binary messages [new]. */
import { EMPTY } from '../bytes/bytes.js';

type Order = 'big' | 'little';

/** A port in two bytes. */
export function binaryPort(port: number, order: Order): Uint8Array {
  return inOrder(Uint8Array.of((port >> 8) & 0xff, port & 0xff), order);
}

/** An address in 4 bytes (IPv4) or 16 (IPv6); empty when it is neither. */
export function binaryAddress(address: string, order: Order): Uint8Array {
  return inOrder(ofV4(address) ?? ofV6(address) ?? EMPTY, order);
}

function inOrder(bytes: Uint8Array, order: Order): Uint8Array {
  return order === 'big' ? bytes : bytes.slice().reverse();
}

function ofV4(address: string): Uint8Array | null {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return null;
  const numbers = address.split('.').map(Number);
  return numbers.every((number) => number < 256) ? Uint8Array.from(numbers) : null;
}

function ofV6(address: string): Uint8Array | null {
  if (!/^[0-9a-f:]+$/i.test(address) || !address.includes(':')) return null;
  const halves = address.split('::');
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length > 2 || (halves.length === 1 ? missing !== 0 : missing < 1)) return null;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  if (groups.some((group) => group === '' || group.length > 4)) return null;
  return Uint8Array.from(
    groups.flatMap((group) => {
      const number = parseInt(group, 16);
      return [number >> 8, number & 0xff];
    }),
  );
}
