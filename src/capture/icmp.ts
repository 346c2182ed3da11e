/** ICMP as far as it tells that nobody listens: "port unreachable" of RFC 792 and RFC 4443 §3.1. */
import { type EndpointKey, address4, address6, endpointKey } from './address.js';
import type { Frame } from './frame.js';
import { u16, u8 } from './integers.js';
import type { Transport } from './types.js';

/** The packet that could not be delivered: from whom, to whom. */
export interface Undelivered {
  readonly transport: Transport;
  readonly client: EndpointKey;
  readonly server: EndpointKey;
}

/** What the ICMP message at the front of the frame says is refused, if it says that. */
export function readUnreachable(frame: Frame, version: 4 | 6): Undelivered | undefined {
  const { data, at } = frame;
  if (!frame.holds(8)) return undefined;
  const message = u16(data, at);
  if (message !== (version === 4 ? 0x0303 : 0x0104)) return undefined;
  // Behind eight bytes stands the packet itself: its IP header and at least eight bytes more (RFC 792).
  const inner = at + 8;
  const header = version === 4 ? (u8(data, inner) & 0x0f) * 4 : 40;
  if (!frame.holds(8 + header + 4) || header < 20 || u8(data, inner) >>> 4 !== version) return undefined;
  const protocol = u8(data, inner + (version === 4 ? 9 : 6));
  if (protocol !== 6 && protocol !== 17) return undefined;
  const source = version === 4 ? address4(data, inner + 12) : address6(data, inner + 8);
  const destination = version === 4 ? address4(data, inner + 16) : address6(data, inner + 24);
  return {
    transport: protocol === 6 ? 'tcp' : 'udp',
    client: endpointKey(source, u16(data, inner + header)),
    server: endpointKey(destination, u16(data, inner + header + 2)),
  };
}
