/** The TCP header: RFC 9293 §3.1. */
import type { Frame } from './frame.js';
import { u16, u32, u8 } from './integers.js';

/** The reader owns one and fills it again for each packet. */
export class TcpHeader {
  sourcePort = 0;
  destinationPort = 0;
  seq = 0;
  ack = 0;
  hasAck = false;
  syn = false;
  fin = false;
  rst = false;

  /** Takes the header off the frame; whether there was a whole one. */
  read(frame: Frame): boolean {
    const { data, at } = frame;
    if (!frame.holds(20)) {
      frame.tooShort('TCP header');
      return false;
    }
    const length = (u8(data, at + 12) >>> 4) * 4;
    if (length < 20) {
      frame.unusable('broken TCP header');
      return false;
    }
    if (!frame.holds(length)) {
      frame.tooShort('TCP header');
      return false;
    }
    const flags = u8(data, at + 13);
    this.sourcePort = u16(data, at);
    this.destinationPort = u16(data, at + 2);
    this.seq = u32(data, at + 4);
    this.ack = u32(data, at + 8);
    this.hasAck = (flags & 0x10) !== 0;
    this.rst = (flags & 0x04) !== 0;
    this.syn = (flags & 0x02) !== 0;
    this.fin = (flags & 0x01) !== 0;
    frame.at += length;
    return true;
  }
}
