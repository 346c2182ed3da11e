import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../bytes/bytes.js';
import { addressText, address4, address6 } from './address.js';
import { be16, be32, dialogue, ethernet, frame, ip, pcap, readBytes, udpHeader } from './testing.js';

const v4 = ip({ from: '10.8.0.2', to: '10.8.0.1', protocol: 17 }, udpHeader(4000, 53, utf8('hello')));
const v6 = ip({ from: 'fd00::2', to: 'fd00::1', protocol: 17 }, udpHeader(4000, 53, utf8('hello')));
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const zeros = (count: number): Uint8Array => new Uint8Array(count);
const snap = (type: number): Uint8Array => concat([bytes(0xaa, 0xaa, 3, 0, 0, 0), be16(type)]);
const wifi = concat([bytes(0x08, 1), zeros(22), snap(0x0800), v4]);
const wifiQos = concat([bytes(0x88, 1), zeros(22), zeros(2), snap(0x0800), v4]);
const inner = ethernet(0x0800, v4);
/** In an outer packet between two other hosts. */
const outer = (protocol: number, payload: Uint8Array): Uint8Array =>
  frame(ip({ from: '172.16.0.1', to: '172.16.0.2', protocol }, payload));
const outer6 = (protocol: number, payload: Uint8Array): Uint8Array =>
  frame(ip({ from: 'fc00::1', to: 'fc00::2', protocol }, payload));

describe('the way to UDP through', () => {
  it.each<[string, number, Uint8Array]>([
    ['Ethernet', 1, inner],
    ['Ethernet, IPv6', 1, ethernet(0x86dd, v6)],
    ['802.1Q', 1, ethernet(0x8100, concat([be16(5, 0x0800), v4]))],
    ['QinQ', 1, ethernet(0x88a8, concat([be16(5, 0x8100), be16(6, 0x0800), v4]))],
    ['802.3 with SNAP', 1, ethernet(8 + v4.length, concat([snap(0x0800), v4, zeros(9)]))],
    ['MPLS', 1, ethernet(0x8847, concat([be32(0x00010040, 0x00020140), v4]))],
    ['MPLS, IPv6', 1, ethernet(0x8847, concat([be32(0x00010140), v6]))],
    ['MPLS, pseudowire', 1, ethernet(0x8847, concat([be32(0x00010140, 0), inner]))],
    ['PPPoE', 1, ethernet(0x8864, concat([bytes(0x11, 0), be16(1, v4.length + 2, 0x0021), v4, zeros(4)]))],
    ['PPPoE, IPv6', 1, ethernet(0x8864, concat([bytes(0x11, 0), be16(1, v6.length + 2, 0x0057), v6]))],
    ['802.1ah', 1, ethernet(0x88e7, concat([be32(1), inner]))],
    ['Linux cooked', 113, concat([zeros(14), be16(0x0800), v4])],
    ['Linux cooked, VLAN', 113, concat([zeros(14), be16(0x8100, 1, 0x0800), v4])],
    ['Linux cooked version 2', 276, concat([be16(0x86dd), zeros(18), v6])],
    ['raw', 101, v4],
    ['raw, IPv6', 12, v6],
    ['raw IPv4', 228, v4],
    ['raw IPv6', 229, v6],
    ['BSD loopback, little-endian', 0, concat([bytes(2, 0, 0, 0), v4])],
    ['BSD loopback, big-endian', 0, concat([bytes(0, 0, 0, 30), v6])],
    ['OpenBSD loopback', 108, concat([bytes(0, 0, 0, 2), v4])],
    ['PPP', 9, concat([be16(0xff03, 0x0021), v4])],
    ['PPP, compressed', 9, concat([bytes(0x21), v4])],
    ['PPP in HDLC', 50, concat([be16(0xff03, 0x0057), v6])],
    ['Cisco HDLC', 104, concat([be16(0x0f00, 0x0800), v4])],
    ['802.11', 105, wifi],
    ['802.11 with QoS', 105, wifiQos],
    ['radiotap', 127, concat([bytes(0, 0, 8, 0, 0, 0, 0, 0), wifi])],
    [
      'radiotap, padded 802.11',
      127,
      concat([bytes(0, 0, 9, 0, 2, 0, 0, 0, 0x20), wifiQos.subarray(0, 26), zeros(2), wifiQos.subarray(26)]),
    ],
    ['Prism', 119, concat([bytes(0, 0, 0, 0x44, 144, 0, 0, 0), zeros(136), wifi])],
    ['AVS', 119, concat([be32(0x80211001, 64), zeros(56), wifi])],
    ['PPI', 192, concat([bytes(0, 0, 8, 0, 105, 0, 0, 0), wifi])],
    [
      'NFLOG',
      239,
      concat([bytes(2, 0, 0, 0), bytes(5, 0, 1, 0, 7, 0, 0, 0), bytes((v4.length + 4) & 0xff, 0, 9, 0), v4]),
    ],
    ['InfiniBand', 242, concat([zeros(40), be16(0x0800, 0), v4])],
    ['IP in IP', 1, outer(4, v4)],
    ['6in4', 1, outer(41, v6)],
    ['4in6', 1, outer6(4, v4)],
    ['GRE', 1, outer(47, concat([be16(0, 0x0800), v4]))],
    ['GRE with checksum, key, sequence', 1, outer(47, concat([be16(0xb000, 0x86dd), zeros(12), v6]))],
    ['GRE, bridged', 1, outer(47, concat([be16(0, 0x6558), inner]))],
    ['PPTP', 1, outer(47, concat([be16(0x3081, 0x880b, v4.length + 4, 1), be32(1, 2), be16(0xff03, 0x0021), v4]))],
    ['ERSPAN type II', 1, outer(47, concat([be16(0x1000, 0x88be), be32(1), zeros(8), inner]))],
    ['VXLAN', 1, outer(17, udpHeader(5, 4789, concat([be32(0x08000000, 0x00000700), inner])))],
    ['Geneve with options', 1, outer(17, udpHeader(5, 6081, concat([be16(0x0100, 0x6558), be32(0, 0), inner])))],
    [
      'GTP-U with an extension',
      1,
      outer(
        17,
        udpHeader(5, 2152, concat([be16(0x34ff, v4.length + 8), be32(7), be16(0, 0x0085), bytes(1, 0, 0, 0), v4])),
      ),
    ],
    [
      'hop-by-hop, routing, destination options',
      1,
      outer6(0, concat([bytes(43, 0, 0, 0, 0, 0, 0, 0), bytes(60, 0, 0, 0, 0, 0, 0, 0), bytes(4, 1), zeros(14), v4])),
    ],
    ['authentication header', 1, outer(51, concat([bytes(4, 4, 0, 0), zeros(20), v4]))],
  ])('%s', async (_, linkType, packet) => {
    const { sessions, report } = await readBytes(pcap([packet], linkType));
    expect([...report.leftOut]).toEqual([]);
    expect(sessions.map(dialogue)).toEqual([['C: hello']]);
    expect(['10.8.0.1', 'fd00::1']).toContain(sessions[0]?.server.address);
    // Cut anywhere, it must only be counted.
    for (let length = 0; length < packet.length; length++) {
      const cut = await readBytes(
        pcap([{ time: 1, bytes: packet.subarray(0, length), wire: packet.length }], linkType),
      );
      expect(cut.sessions.length + cut.report.leftOut.size).toBeGreaterThan(0);
    }
  });

  it('IPv4 options', async () => {
    const packet = concat([
      bytes(0x46),
      v4.subarray(1, 2),
      be16(v4.length + 4),
      v4.subarray(4, 20),
      bytes(1, 1, 1, 0),
      v4.subarray(20),
    ]);
    expect((await readBytes(pcap([packet], 228))).sessions.map(dialogue)).toEqual([['C: hello']]);
  });

  it('a datagram on a tunnel port that is no tunnel stays a datagram', async () => {
    const packet = outer(17, udpHeader(5000, 4789, utf8('not a tunnel, just a text')));
    expect((await readBytes(pcap([packet]))).sessions.map(dialogue)).toEqual([['C: not a tunnel, just a text']]);
  });

  it.each<[string, Uint8Array]>([
    ['ARP', ethernet(0x0806, zeros(28))],
    ['not IP (EtherType 0x88cc)', ethernet(0x88cc, zeros(20))],
    ['broken IPv4 header', ethernet(0x0800, bytes(0x41, ...zeros(30)))],
    ['IP protocol 132', outer(132, zeros(20))],
    ['IPsec (encrypted)', outer(50, zeros(20))],
    ['ICMP', outer(1, zeros(20))],
    [
      'too many headers inside each other',
      Array.from({ length: 40 }).reduce<Uint8Array>(
        (packet) => ip({ from: '1.1.1.1', to: '2.2.2.2', protocol: 4 }, packet),
        v4,
      ),
    ],
  ])('%s is counted', async (cause, packet) => {
    const { report } = await readBytes(pcap([(packet[0] ?? 0) === 0x45 ? frame(packet) : packet]));
    expect([...report.leftOut]).toEqual([[cause, 1]]);
  });
});

describe('addresses', () => {
  it('read as RFC 5952 wants', () => {
    expect(addressText(address4(bytes(192, 168, 0, 255), 0))).toBe('192.168.0.255');
    const six = (...units: number[]): string => addressText(address6(be16(...units), 0));
    expect(six(0, 0, 0, 0, 0, 0, 0, 0)).toBe('::');
    expect(six(0, 0, 0, 0, 0, 0, 0, 1)).toBe('::1');
    expect(six(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1)).toBe('2001:db8:0:1:1:1:1:1');
    expect(six(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1)).toBe('2001:db8::1:0:0:1');
    expect(six(0xfe80, 0, 0, 0, 0, 0, 0, 0)).toBe('fe80::');
    expect(six(0, 0, 0, 0, 0, 0xffff, 0x0a08, 0x0001)).toBe('::ffff:10.8.0.1');
  });
});
