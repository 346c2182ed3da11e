/** PPP (RFC 1661) in its usual coats, and Cisco HDLC. */
import { readEtherType } from './ethernet.js';
import type { Frame, Next } from './frame.js';
import { u16, u8 } from './integers.js';

export function readPpp(frame: Frame): Next {
  // RFC 1662 §3.1: address and control may be compressed away.
  if (frame.holds(2) && u16(frame.data, frame.at) === 0xff03) frame.at += 2;
  if (!frame.holds(1)) return frame.tooShort('PPP header');
  // RFC 1661 §2: protocol numbers are odd in their last byte, so a first odd byte is the whole number.
  const first = u8(frame.data, frame.at);
  const short = (first & 1) === 1;
  if (!short && !frame.holds(2)) return frame.tooShort('PPP header');
  const protocol = short ? first : u16(frame.data, frame.at);
  frame.at += short ? 1 : 2;
  switch (protocol) {
    case 0x0021:
      return 'ipv4';
    case 0x0057:
      return 'ipv6';
    case 0x0281:
    case 0x0283:
      return 'mpls';
    default:
      return frame.unusable('not IP (PPP control)');
  }
}

/** Link type 50: PPP in HDLC framing, or Cisco HDLC where the first byte says so (RFC 1547 §4.3.1). */
export function readHdlc(frame: Frame): Next {
  const first = u8(frame.data, frame.at);
  return first === 0x0f || first === 0x8f ? readCiscoHdlc(frame) : readPpp(frame);
}

export function readCiscoHdlc(frame: Frame): Next {
  if (!frame.holds(4)) return frame.tooShort('HDLC header');
  const type = u16(frame.data, frame.at + 2);
  frame.at += 4;
  return readEtherType(frame, type);
}
