/** Addresses as the system gives them and as everything here writes them. */

/** An address as captures write it: no IPv4 in IPv6 clothes, no zone. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? address.replace(/%.*$/, '');
}
