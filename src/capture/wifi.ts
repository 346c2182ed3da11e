/** 802.11 data frames, and the radio headers that captures put before them. */
import type { Frame, Next } from './frame.js';
import { u16le, u32, u32le, u8 } from './integers.js';

const DATA = 2;

/** IEEE 802.11-2020 §9.2.4.1. */
export function readWifi(frame: Frame, padded = false): Next {
  if (!frame.holds(24)) return frame.tooShort('802.11 header');
  const control = u8(frame.data, frame.at);
  const flags = u8(frame.data, frame.at + 1);
  const subtype = control >>> 4;
  if (((control >>> 2) & 3) !== DATA) return frame.unusable('802.11 management or control frame');
  if ((subtype & 4) !== 0) return frame.unusable('802.11 frame without data');
  if ((flags & 0x40) !== 0) return frame.unusable('802.11 frame is encrypted');
  let length = (flags & 3) === 3 ? 30 : 24; // Both "to" and "from" the distribution system: a fourth address.
  if ((subtype & 8) !== 0) length += (flags & 0x80) !== 0 ? 6 : 2; // Quality of service, HT control.
  if (padded) length = Math.ceil(length / 4) * 4;
  if (!frame.holds(length)) return frame.tooShort('802.11 header');
  frame.at += length;
  return 'llc';
}

/** radiotap.org; its length and the first word of flags are all that matters here. */
export function readRadiotap(frame: Frame): Next {
  if (!frame.holds(8)) return frame.tooShort('radiotap header');
  const length = u16le(frame.data, frame.at + 2);
  let present = u32le(frame.data, frame.at + 4);
  const first = present;
  let at = frame.at + 8;
  while (present >>> 31 === 1 && at + 4 <= frame.end) {
    present = u32le(frame.data, at);
    at += 4;
  }
  // Field 0 is a clock of eight aligned bytes; field 1 the flags: 0x20 says the 802.11 header is padded.
  if ((first & 1) !== 0) at = frame.at + Math.ceil((at - frame.at) / 8) * 8 + 8;
  const padded = (first & 2) !== 0 && at < frame.at + length && (u8(frame.data, at) & 0x20) !== 0;
  if (length < 8 || !frame.holds(length)) return frame.tooShort('radiotap header');
  frame.at += length;
  return readWifi(frame, padded);
}

/** Prism monitor header, or AVS, which shares the link type and starts with its own magic number. */
export function readPrism(frame: Frame): Next {
  if (!frame.holds(8)) return frame.tooShort('Prism header');
  const isAvs = u32(frame.data, frame.at) >>> 12 === 0x80211;
  const little = u32le(frame.data, frame.at + 4);
  const length = isAvs ? u32(frame.data, frame.at + 4) : little <= 0xffff ? little : u32(frame.data, frame.at + 4);
  if (length < 8 || !frame.holds(length)) return frame.tooShort('Prism header');
  frame.at += length;
  return readWifi(frame);
}
