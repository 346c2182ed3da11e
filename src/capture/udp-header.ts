/** The UDP header (RFC 768), and the tunnels that are known by their UDP port. */
import type { Frame, Next } from './frame.js';
import { u16, u32, u8 } from './integers.js';

export class UdpHeader {
  sourcePort = 0;
  destinationPort = 0;

  /** Takes the header off the frame; whether there was a whole one. */
  read(frame: Frame): boolean {
    const { data, at } = frame;
    if (!frame.holds(8)) {
      frame.tooShort('UDP header');
      return false;
    }
    const length = u16(data, at + 4);
    this.sourcePort = u16(data, at);
    this.destinationPort = u16(data, at + 2);
    frame.at += 8;
    // RFC 2675 §4: zero is a jumbogram; segmenting network cards leave it too.
    if (length !== 0) {
      if (length < 8) {
        frame.unusable('broken UDP header');
        return false;
      }
      frame.limit(length - 8);
    }
    return true;
  }
}

/**
 * What the datagram carries when it is a tunnel of the network itself, by port and by a header that
 * fits; otherwise undefined and the frame is untouched.
 */
export function readTunnel(frame: Frame, port: number): Next | undefined {
  const { data, at } = frame;
  switch (port) {
    case 4789: // VXLAN (RFC 7348 §5): only the I flag is set, the reserved bits are zero.
    case 8472: // VXLAN as Linux had it before the port was assigned
      if (!frame.holds(8 + 14) || u32(data, at) !== 0x08000000 || u8(data, at + 7) !== 0) return undefined;
      frame.at += 8;
      return 'ethernet';
    case 6081: {
      // Geneve (RFC 8926 §3.4): version 0; options are counted in words.
      const first = u8(data, at);
      const header = 8 + (first & 0x3f) * 4;
      const type = u16(data, at + 2);
      if (first >>> 6 !== 0 || !frame.holds(header) || u8(data, at + 7) !== 0) return undefined;
      const next = type === 0x6558 ? 'ethernet' : type === 0x0800 ? 'ipv4' : type === 0x86dd ? 'ipv6' : undefined;
      if (next !== undefined) frame.at += header;
      return next;
    }
    case 2152: {
      // GTP-U (3GPP TS 29.281 §5.1): version 1, a user's packet; three flags bring four bytes more, E a chain of headers.
      const flags = u8(data, at);
      if (flags >>> 4 !== 3 || u8(data, at + 1) !== 0xff || u16(data, at + 2) + 8 > frame.left) return undefined;
      let header = (flags & 7) === 0 ? 8 : 12;
      for (let next = (flags & 4) === 0 ? 0 : u8(data, at + 11); next !== 0 && header < frame.left;) {
        const length = Math.max(1, u8(data, at + header)) * 4;
        header += length;
        next = u8(data, at + header - 1);
      }
      const version = u8(data, at + header) >>> 4;
      if (!frame.holds(header + 20) || (version !== 4 && version !== 6)) return undefined;
      frame.at += header;
      return 'ip';
    }
    default:
      return undefined;
  }
}
