/** Peels a packet down to its transport header. */
import { readEthernet, readLlc, readMpls, readPppoe, readSnap } from './ethernet.js';
import type { Defragmenter } from './fragments.js';
import type { Frame, Next } from './frame.js';
import { readGre, readIp, readIpv4, readIpv6 } from './ip.js';
import { readLink } from './link.js';
import type { Packet } from './packet.js';
import { readPpp } from './ppp.js';

/** Headers inside headers beyond this are an attack or a loop. */
const MOST_LAYERS = 32;

export type Transported = Extract<Next, 'tcp' | 'udp' | 'icmp' | 'icmp6' | 'held' | 'unusable'>;

/** Reads the packet's headers up to the transport; never throws. */
export function decode(packet: Packet, frame: Frame, fragments: Defragmenter): Transported {
  frame.start(packet);
  return descend(frame, readLink(frame, packet.linkType), fragments);
}

/** Goes on from inside a tunnel. */
export function descend(frame: Frame, next: Next, fragments: Defragmenter): Transported {
  for (let layers = 0; layers < MOST_LAYERS; layers++) {
    switch (next) {
      case 'ethernet':
        next = readEthernet(frame);
        break;
      case 'llc':
        next = readLlc(frame);
        break;
      case 'snap':
        next = readSnap(frame);
        break;
      case 'mpls':
        next = readMpls(frame);
        break;
      case 'pppoe':
        next = readPppoe(frame);
        break;
      case 'ppp':
        next = readPpp(frame);
        break;
      case 'ip':
        next = readIp(frame);
        break;
      case 'ipv4':
        next = readIpv4(frame, fragments);
        break;
      case 'ipv6':
        next = readIpv6(frame, fragments);
        break;
      case 'gre':
        next = readGre(frame);
        break;
      case 'tcp':
      case 'udp':
      case 'icmp':
      case 'icmp6':
      case 'held':
      case 'unusable':
        return next;
    }
  }
  return frame.unusable('too many headers inside each other');
}
