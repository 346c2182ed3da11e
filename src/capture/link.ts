/** What the link type of a capture says comes first (numbers: tcpdump.org/linktypes.html). */
import { readEtherType } from './ethernet.js';
import type { Frame, Next } from './frame.js';
import { u16, u16le, u32, u32le, u8 } from './integers.js';
import { readCiscoHdlc, readHdlc } from './ppp.js';
import { readPrism, readRadiotap, readWifi } from './wifi.js';

/** The cause under which packets of a foreign link type are left out. */
export function unsupported(linkType: number): string {
  return `link type ${linkType} is not supported`;
}

export function readLink(frame: Frame, linkType: number): Next {
  switch (linkType) {
    case 1:
      return 'ethernet';
    case 0:
    case 108:
      return readLoopback(frame);
    case 12: // Raw IP, under all the numbers it has had.
    case 14:
    case 101:
      return 'ip';
    case 228:
      return 'ipv4';
    case 229:
      return 'ipv6';
    case 9:
      return 'ppp';
    case 50:
      return readHdlc(frame);
    case 51:
      return 'pppoe';
    case 104:
      return readCiscoHdlc(frame);
    case 10: // FDDI: frame control and two addresses
      return skip(frame, 13, 'FDDI header', 'llc');
    case 100: // LLC/SNAP on ATM
      return 'llc';
    case 113:
      return readCooked(frame);
    case 276:
      return readCooked2(frame);
    case 105:
      return readWifi(frame);
    case 119:
    case 163:
      return readPrism(frame);
    case 127:
      return readRadiotap(frame);
    case 192:
      return readPpi(frame);
    case 239:
      return readNflog(frame);
    case 242: // IP over InfiniBand: a routing header of 40 bytes, EtherType, reserved
      if (!frame.holds(44)) return frame.tooShort('InfiniBand header');
      frame.at += 44;
      return readEtherType(frame, u16(frame.data, frame.at - 4));
    default:
      return frame.unusable(unsupported(linkType));
  }
}

function skip(frame: Frame, count: number, header: string, next: Next): Next {
  if (!frame.holds(count)) return frame.tooShort(header);
  frame.at += count;
  return next;
}

/** BSD loopback: an address family in the byte order of the capturing host, or (108) in network order. */
function readLoopback(frame: Frame): Next {
  if (!frame.holds(4)) return frame.tooShort('loopback header');
  const big = u32(frame.data, frame.at);
  const family = big <= 0xffff ? big : u32le(frame.data, frame.at);
  frame.at += 4;
  if (family === 2) return 'ipv4';
  if ([10, 23, 24, 28, 30].includes(family)) return 'ipv6'; // Each system has its own AF_INET6.
  return frame.unusable('not IP (loopback address family)');
}

/** Linux cooked capture, version 1. */
function readCooked(frame: Frame): Next {
  if (!frame.holds(16)) return frame.tooShort('Linux cooked header');
  const type = u16(frame.data, frame.at + 14);
  frame.at += 16;
  return readCookedProtocol(frame, type);
}

/** Linux cooked capture, version 2. */
function readCooked2(frame: Frame): Next {
  if (!frame.holds(20)) return frame.tooShort('Linux cooked header');
  const type = u16(frame.data, frame.at);
  frame.at += 20;
  return readCookedProtocol(frame, type);
}

/** Below 0x0600 stand Linux's own numbers; only 802.2 among them can carry IP. */
function readCookedProtocol(frame: Frame, type: number): Next {
  if (type >= 0x0600) return readEtherType(frame, type);
  return type === 4 ? 'llc' : frame.unusable('not IP (Linux cooked protocol)');
}

/** Per-Packet Information: its own length, then the link type of what follows. */
function readPpi(frame: Frame): Next {
  if (!frame.holds(8)) return frame.tooShort('PPI header');
  const length = u16le(frame.data, frame.at + 2);
  const linkType = u32le(frame.data, frame.at + 4);
  if (length < 8 || !frame.holds(length)) return frame.tooShort('PPI header');
  frame.at += length;
  return linkType === 192 ? frame.unusable('PPI inside PPI') : readLink(frame, linkType);
}

/** Linux netfilter log: type-length-values in host order (nearly always little-endian); type 9 is the packet. */
function readNflog(frame: Frame): Next {
  if (!frame.holds(4)) return frame.tooShort('NFLOG header');
  const family = u8(frame.data, frame.at);
  frame.at += 4;
  while (frame.holds(4)) {
    const length = u16le(frame.data, frame.at);
    const type = u16le(frame.data, frame.at + 2) & 0x7fff;
    if (length < 4) break;
    if (type === 9) {
      frame.at += 4;
      frame.limit(length - 4);
      return family === 2 ? 'ipv4' : family === 10 ? 'ipv6' : frame.unusable('not IP (NFLOG family)');
    }
    const step = Math.ceil(length / 4) * 4;
    if (!frame.holds(step)) break;
    frame.at += step;
  }
  return frame.unusable('NFLOG packet without payload');
}
