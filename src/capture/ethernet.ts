/** Ethernet II and 802.3, the tags between it and IP, LLC/SNAP, MPLS and PPPoE. */
import type { Frame, Next } from './frame.js';
import { u16, u8 } from './integers.js';

export function readEthernet(frame: Frame): Next {
  if (!frame.holds(14)) return frame.tooShort('Ethernet header');
  frame.ethernetHere();
  const type = u16(frame.data, frame.at + 12);
  frame.at += 14;
  return readEtherType(frame, type);
}

/** What an EtherType says is next; steps over any number of tags. */
export function readEtherType(frame: Frame, type: number): Next {
  for (;;) {
    // IEEE 802.3 §3.2.6: up to 1500 it is a length, and an LLC header follows.
    if (type <= 1500) {
      frame.limit(type);
      return 'llc';
    }
    let tag: number;
    switch (type) {
      case 0x0800:
        return 'ipv4';
      case 0x86dd:
        return 'ipv6';
      case 0x8847:
      case 0x8848:
        return 'mpls';
      case 0x8864:
        return 'pppoe';
      case 0x6558: // Transparent Ethernet bridging, inside tunnels.
        return 'ethernet';
      case 0x880b:
        return 'ppp';
      case 0x8100: // 802.1Q
      case 0x88a8: // 802.1ad
      case 0x9100: // QinQ before it had a standard
      case 0x9200:
        tag = 4;
        break;
      case 0x8926: // VN-Tag
        tag = 6;
        break;
      case 0x893f: // 802.1BR E-Tag
        tag = 8;
        break;
      case 0x88e7: // 802.1ah: an I-TAG, then a whole Ethernet frame
        if (!frame.holds(4)) return frame.tooShort('802.1ah tag');
        frame.at += 4;
        return 'ethernet';
      case 0x0806:
        return frame.unusable('ARP');
      default:
        return frame.unusable(`not IP (EtherType 0x${type.toString(16).padStart(4, '0')})`);
    }
    if (!frame.holds(tag)) return frame.tooShort('VLAN tag');
    type = u16(frame.data, frame.at + tag - 2);
    frame.at += tag;
  }
}

/** IEEE 802.2: only SNAP and the rare "IP directly on LLC" carry IP. */
export function readLlc(frame: Frame): Next {
  if (!frame.holds(3)) return frame.tooShort('LLC header');
  const sap = u16(frame.data, frame.at);
  frame.at += 3;
  if (sap === 0xaaaa) return 'snap';
  if (sap === 0x0606) return 'ipv4';
  return frame.unusable('not IP (LLC without SNAP)');
}

export function readSnap(frame: Frame): Next {
  if (!frame.holds(5)) return frame.tooShort('SNAP header');
  const type = u16(frame.data, frame.at + 3);
  frame.at += 5;
  return type <= 1500 ? frame.unusable('not IP (SNAP)') : readEtherType(frame, type);
}

/** RFC 3032: labels up to the bottom of the stack; what follows is not named and must be guessed (RFC 4928). */
export function readMpls(frame: Frame): Next {
  for (;;) {
    if (!frame.holds(4)) return frame.tooShort('MPLS label');
    const bottom = (u8(frame.data, frame.at + 2) & 1) === 1;
    frame.at += 4;
    if (bottom) break;
  }
  const nibble = u8(frame.data, frame.at) >>> 4;
  if (nibble === 4) return 'ipv4';
  if (nibble === 6) return 'ipv6';
  if (nibble === 0 && frame.holds(4)) frame.at += 4; // RFC 4385: the control word of a pseudowire.
  return 'ethernet';
}

/** RFC 2516 §4: session stage only; the discovery stage carries no IP. */
export function readPppoe(frame: Frame): Next {
  if (!frame.holds(6)) return frame.tooShort('PPPoE header');
  const length = u16(frame.data, frame.at + 4);
  frame.at += 6;
  frame.limit(length);
  return 'ppp';
}
