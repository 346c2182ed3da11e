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

/** Protocol numbers, with the extension headers of RFC 8200 §4 stepped over; IPv4 shares the numbers. */
function readProtocol(frame: Frame, protocol: number, fragments: Defragmenter): Next {
  for (;;) {
    switch (protocol) {
      case 1:
        return 'icmp';
      case 58:
        return 'icmp6';
      case 6:
        return 'tcp';
      case 17:
        return 'udp';
      case 4:
        return 'ipv4';
      case 41:
        return 'ipv6';
      case 47:
        return 'gre';
      case 137: // MPLS in IP (RFC 4023)
        return 'mpls';
      case 143: // Ethernet in IPv6 (RFC 8986)
        return 'ethernet';
      case 97: // EtherIP (RFC 3378)
        if (!frame.holds(2)) return frame.tooShort('EtherIP header');
        frame.at += 2;
        return 'ethernet';
      case 0: // Hop-by-hop options
      case 43: // Routing
      case 60: // Destination options
      case 135: // Mobility
      case 139: // Host identity
      case 140: // Shim6
      case 51: {
        // Authentication header (RFC 4302 §2.2): counts in words of four bytes, the others in eight.
        if (!frame.holds(8)) return frame.tooShort('IPv6 extension header');
        const count = u8(frame.data, frame.at + 1);
        const length = protocol === 51 ? (count + 2) * 4 : (count + 1) * 8;
        protocol = u8(frame.data, frame.at);
        if (!frame.holds(length)) return frame.tooShort('IPv6 extension header');
        frame.at += length;
        break;
      }
      case 44: {
        // RFC 8200 §4.5. A fragment that is whole by itself (RFC 6946) goes straight on.
        if (!frame.holds(8)) return frame.tooShort('IPv6 fragment header');
        const inner = u8(frame.data, frame.at);
        const flags = u16(frame.data, frame.at + 2);
        const id = u16(frame.data, frame.at + 4) * 0x10000 + u16(frame.data, frame.at + 6);
        frame.at += 8;
        const more = (flags & 1) !== 0;
        const offset = flags & 0xfff8;
        if (offset === 0 && !more) {
          protocol = inner;
          break;
        }
        const whole = fragments.add(frame, 44, id, offset, more, inner);
        if (whole === undefined) return 'held';
        protocol = whole;
        break;
      }
      case 50:
        return frame.unusable('IPsec (encrypted)');
      case 59:
        return frame.unusable('IPv6 without next header');
      default:
        return frame.unusable(`IP protocol ${protocol}`);
    }
  }
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
