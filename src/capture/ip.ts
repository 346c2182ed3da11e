/** IPv4 (RFC 791), IPv6 (RFC 8200), and what their protocol numbers lead to. */
import { address4, address6 } from './address.js';
import { readEtherType } from './ethernet.js';
import type { Defragmenter } from './fragments.js';
import type { Frame, Next } from './frame.js';
import { u16, u8 } from './integers.js';

/** Raw IP: the version is in the first four bits. */
export function readIp(frame: Frame): Next {
  if (!frame.holds(1)) return frame.tooShort('IP header');
  const version = u8(frame.data, frame.at) >>> 4;
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : frame.unusable('not IP (version)');
}

export function readIpv4(frame: Frame, fragments: Defragmenter): Next {
  const { data, at } = frame;
  if (!frame.holds(20)) return frame.tooShort('IPv4 header');
  const first = u8(data, at);
  const header = (first & 0x0f) * 4;
  const total = u16(data, at + 2);
  if (first >>> 4 !== 4 || header < 20) return frame.unusable('broken IPv4 header');
  if (!frame.holds(header)) return frame.tooShort('IPv4 header');
  // A network card that segments hands up packets with a total length of zero: take all that was captured.
  if (total !== 0) {
    if (total < header) return frame.unusable('broken IPv4 header');
    frame.limit(total);
  }
  frame.source = address4(data, at + 12);
  frame.destination = address4(data, at + 16);
  frame.identification = u16(data, at + 4);
  frame.at += header;
  const flags = u16(data, at + 6);
  const protocol = u8(data, at + 9);
  const offset = (flags & 0x1fff) * 8;
  const more = (flags & 0x2000) !== 0;
  if (offset === 0 && !more) return readProtocol(frame, protocol, fragments);
  const whole = fragments.add(frame, protocol, frame.identification, offset, more, protocol);
  return whole === undefined ? 'held' : readProtocol(frame, whole, fragments);
}

export function readIpv6(frame: Frame, fragments: Defragmenter): Next {
  const { data, at } = frame;
  if (!frame.holds(40)) return frame.tooShort('IPv6 header');
  if (u8(data, at) >>> 4 !== 6) return frame.unusable('broken IPv6 header');
  const length = u16(data, at + 4);
  frame.source = address6(data, at + 8);
  frame.destination = address6(data, at + 24);
  frame.identification = 0;
  frame.at += 40;
  // Zero is a jumbogram (RFC 2675) or a segmenting network card: take all that was captured.
  if (length !== 0) frame.limit(length);
  return readProtocol(frame, u8(data, at + 6), fragments);
}

/** What is carried under these protocol numbers; IPv4 and IPv6 share them. */
const CARRIED: ReadonlyMap<number, Next> = new Map<number, Next>([
  [1, 'icmp'],
  [58, 'icmp6'],
  [6, 'tcp'],
  [17, 'udp'],
  [4, 'ipv4'],
  [41, 'ipv6'],
  [47, 'gre'],
  [137, 'mpls'], // in IP (RFC 4023)
  [143, 'ethernet'], // in IPv6 (RFC 8986)
]);

/** Headers that are stepped over: hop-by-hop options, routing, destination options, mobility, host identity, Shim6. */
const EXTENSIONS = new Set([0, 43, 60, 135, 139, 140]);
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const ETHER_IP = 97;

/** Protocol numbers, with the extension headers of RFC 8200 §4 stepped over. */
function readProtocol(frame: Frame, first: number, fragments: Defragmenter): Next {
  let protocol = first;
  for (;;) {
    const carried = CARRIED.get(protocol);
    if (carried !== undefined) return carried;
    let next: number | Next;
    if (EXTENSIONS.has(protocol) || protocol === AUTHENTICATION) next = behindExtension(frame, protocol);
    else if (protocol === FRAGMENT) next = behindFragment(frame, fragments);
    else return readOther(frame, protocol);
    if (typeof next !== 'number') return next;
    protocol = next;
  }
}

/** What is neither stepped over nor carried as it is. */
function readOther(frame: Frame, protocol: number): Next {
  if (protocol === ETHER_IP) {
    // RFC 3378
    if (!frame.holds(2)) return frame.tooShort('EtherIP header');
    frame.at += 2;
    return 'ethernet';
  }
  if (protocol === 50) return frame.unusable('IPsec (encrypted)');
  if (protocol === 59) return frame.unusable('IPv6 without next header');
  return frame.unusable(`IP protocol ${protocol}`);
}

/** The number of what stands behind an extension header. */
function behindExtension(frame: Frame, protocol: number): number | Next {
  if (!frame.holds(8)) return frame.tooShort('IPv6 extension header');
  const count = u8(frame.data, frame.at + 1);
  // The authentication header (RFC 4302 §2.2) counts in words of four bytes, the others in eight.
  const length = protocol === AUTHENTICATION ? (count + 2) * 4 : (count + 1) * 8;
  const next = u8(frame.data, frame.at);
  if (!frame.holds(length)) return frame.tooShort('IPv6 extension header');
  frame.at += length;
  return next;
}

/** RFC 8200 §4.5: what all fragments together carry, once they are there. */
function behindFragment(frame: Frame, fragments: Defragmenter): number | Next {
  if (!frame.holds(8)) return frame.tooShort('IPv6 fragment header');
  const inner = u8(frame.data, frame.at);
  const flags = u16(frame.data, frame.at + 2);
  const id = u16(frame.data, frame.at + 4) * 0x10000 + u16(frame.data, frame.at + 6);
  frame.at += 8;
  const more = (flags & 1) !== 0;
  const offset = flags & 0xfff8;
  // A fragment that is whole by itself (RFC 6946) goes straight on.
  if (offset === 0 && !more) return inner;
  return fragments.add(frame, FRAGMENT, id, offset, more, inner) ?? 'held';
}

/** Generic routing encapsulation: RFC 2784, 2890, and version 1 of RFC 2637 (PPTP). */
export function readGre(frame: Frame): Next {
  if (!frame.holds(4)) return frame.tooShort('GRE header');
  const flags = u16(frame.data, frame.at);
  const type = u16(frame.data, frame.at + 2);
  let length = 4;
  if ((flags & 0xc000) !== 0) length += 4; // Checksum or routing: both words are there.
  if ((flags & 0x2000) !== 0) length += 4; // Key
  if ((flags & 0x1000) !== 0) length += 4; // Sequence number
  if ((flags & 7) === 1 && (flags & 0x0080) !== 0) length += 4; // Version 1: acknowledgement number
  if ((flags & 0x4000) !== 0) return frame.unusable('GRE with source routing');
  if (!frame.holds(length)) return frame.tooShort('GRE header');
  frame.at += length;
  if (!frame.holds(1)) return frame.unusable('GRE without payload');
  // ERSPAN (draft-foschiano-erspan): a mirrored Ethernet frame behind a header that only types II and III have.
  if (type === 0x88be || type === 0x22eb) {
    const extra = type === 0x22eb ? 12 + (u8(frame.data, frame.at + 11) & 1) * 8 : (flags & 0x1000) !== 0 ? 8 : 0;
    if (!frame.holds(extra)) return frame.tooShort('ERSPAN header');
    frame.at += extra;
    return 'ethernet';
  }
  return type <= 1500 ? frame.unusable('not IP (GRE)') : readEtherType(frame, type);
}
