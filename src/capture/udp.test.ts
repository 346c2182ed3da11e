import { describe, expect, it } from 'vitest';
import { utf8 } from '../bytes/bytes.js';
import { dialogue, ethernet, frame, ip, read, udp, udpHeader } from './testing.js';

const client = { address: '10.8.0.2', port: 40_000 };
const server = { address: '10.8.0.1', port: 69 };
const fresh = { address: '10.8.0.1', port: 50_123 };
const at = (time: number, bytes: Uint8Array): { time: number; bytes: Uint8Array } => ({ time, bytes });

describe('a UDP exchange', () => {
  it('is all datagrams between two endpoints, each a message', async () => {
    const { sessions } = await read([
      udp(client, server, 'a'),
      udp(server, client, 'b'),
      udp(client, server, ''),
      udp(server, client, 'c'),
    ]);
    expect(sessions).toHaveLength(1);
    expect(sessions[0]).toMatchObject({
      transport: 'udp',
      client,
      server,
      outcome: 'complete',
      close: { by: 'nobody', how: 'open' },
    });
    expect(dialogue(sessions[0])).toEqual(['C: a', 'S: b', 'C: ', 'S: c']);
  });

  it('goes on with the port from which the server answers', async () => {
    const packets = [
      udp(client, server, 'get'),
      udp(fresh, client, 'data 1'),
      udp(client, fresh, 'ack 1'),
      udp(fresh, client, 'data 2'),
    ];
    const { sessions } = await read(packets);
    expect(sessions).toHaveLength(1);
    expect(sessions[0]?.server.port).toBe(69);
    expect(dialogue(sessions[0])).toEqual(['C: get', 'S@50123: data 1', 'C@50123: ack 1', 'S@50123: data 2']);
  });

  it('another port of the server much later is another exchange', async () => {
    const { sessions } = await read([at(0, udp(client, server, 'get')), at(30, udp(fresh, client, 'hello'))]);
    expect(sessions).toHaveLength(2);
  });

  it('ends after a minute of silence, or when the clock jumps back', async () => {
    const say = udp(client, server, 'a');
    const { sessions } = await read([at(1000, say), at(1059, say), at(1120, say), at(10, say)]);
    expect(sessions.map((s) => s.messages.length)).toEqual([2, 1, 1]);
  });

  it('without answer: unanswered; with ICMP port unreachable: refused', async () => {
    const call = udp(client, server, 'a');
    const icmp = ip(
      { from: server.address, to: client.address, protocol: 1 },
      Uint8Array.from([3, 3, 0, 0, 0, 0, 0, 0, ...call.subarray(14)]),
    );
    expect((await read([call])).sessions[0]?.outcome).toBe('unanswered');
    expect((await read([call, frame(icmp)])).sessions[0]?.outcome).toBe('refused');
  });

  it('ICMPv6 port unreachable refuses too', async () => {
    const [from, to] = [
      { address: 'fd00::2', port: 40_000 },
      { address: 'fd00::1', port: 69 },
    ];
    const call = udp(from, to, 'a');
    const icmp = ip(
      { from: to.address, to: from.address, protocol: 58 },
      Uint8Array.from([1, 4, 0, 0, 0, 0, 0, 0, ...call.subarray(14)]),
    );
    expect((await read([call, frame(icmp)])).sessions[0]).toMatchObject({
      outcome: 'refused',
      client: from,
      server: to,
    });
  });

  it('the first datagram comes from a system port: its question was not captured', async () => {
    const { sessions } = await read([udp(server, client, 'answer'), udp(client, server, 'next')]);
    expect(sessions[0]).toMatchObject({ client, server, outcome: 'midstream' });
  });

  it('on equal terms who speaks first is the client', async () => {
    const [a, b] = [
      { address: '10.8.0.9', port: 5060 },
      { address: '10.8.0.1', port: 5060 },
    ];
    const { sessions } = await read([udp(a, b, 'x'), udp(b, a, 'y')]);
    expect(sessions[0]).toMatchObject({ client: a, server: b });
  });

  it('a port that others called is the server even where both are system ports', async () => {
    const asker = { address: '10.8.0.1', port: 68 };
    const other = { address: '10.8.0.5', port: 68 };
    const [one, two] = [7, 8].map((n) => ({ address: `10.8.0.${n}`, port: 67 }));
    const call = one && udp(other, one, 'x');
    const late = two && udp(two, asker, 'y');
    const { sessions } = await read([call, late].filter((packet) => packet !== undefined));
    expect(sessions[1]).toMatchObject({ outcome: 'midstream', client: asker, server: two });
  });

  it('a call to all is answered by one', async () => {
    const all = { address: '239.255.255.250', port: 1900 };
    const one = { address: '10.8.0.7', port: 1900 };
    const { sessions } = await read([udp(client, all, 'who?'), udp(one, client, 'me')]);
    expect(sessions).toHaveLength(1);
    expect(sessions[0]).toMatchObject({ client, server: one, outcome: 'complete' });
    expect(dialogue(sessions[0])).toEqual(['C: who?', 'S: me']);
  });

  it('hosts without address are told apart by their link addresses', async () => {
    const macs = [1, 2].map((n) => [2, 0, 0, 0, 1, n]);
    const router = [2, 0, 0, 0, 0, 9];
    const packet = (from: string, to: string, text: string, call: boolean): Uint8Array =>
      ip({ from, to, protocol: 17 }, udpHeader(call ? 68 : 67, call ? 67 : 68, utf8(text)));
    const everyone = [255, 255, 255, 255, 255, 255];
    const call = (n: number, text: string): Uint8Array =>
      ethernet(0x0800, packet('0.0.0.0', '255.255.255.255', text, true), everyone, macs[n]);
    const answer = (n: number, text: string): Uint8Array =>
      ethernet(0x0800, packet('10.8.0.1', `10.8.0.5${n}`, text, false), macs[n], router);
    const { sessions } = await read([
      call(0, 'A1'),
      call(1, 'B1'),
      answer(0, 'a1'),
      answer(1, 'b1'),
      call(0, 'A2'),
      answer(0, 'a2'),
    ]);
    expect(sessions.map(dialogue)).toEqual([
      ['C: A1', 'S: a1', 'C: A2', 'S: a2'],
      ['C: B1', 'S: b1'],
    ]);
    expect(sessions.map((s) => s.server.address)).toEqual(['10.8.0.1', '10.8.0.1']);
  });

  it('an answer to all belongs to the last call that fits', async () => {
    const everyone = [255, 255, 255, 255, 255, 255];
    const call = ethernet(
      0x0800,
      ip({ from: '0.0.0.0', to: '255.255.255.255', protocol: 17 }, udpHeader(68, 67, utf8('A'))),
      everyone,
    );
    const answer = ethernet(
      0x0800,
      ip({ from: '10.8.0.1', to: '255.255.255.255', protocol: 17 }, udpHeader(67, 68, utf8('a'))),
      everyone,
    );
    const { sessions } = await read([call, answer, call, answer]);
    expect(sessions.map(dialogue)).toEqual([['C: A', 'S: a', 'C: A', 'S: a']]);
  });

  it('the same packet captured twice counts once, a repeated one twice', async () => {
    const call = udp(client, server, 'a', 77);
    const { sessions, report } = await read([at(1, call), at(1.00001, call), at(3, udp(client, server, 'a', 78))]);
    expect(dialogue(sessions[0])).toEqual(['C: a', 'C: a']);
    expect(report.leftOut.get('UDP datagram captured twice')).toBe(1);
  });

  it('a datagram cut by the snapshot length makes a gap', async () => {
    const long = udp(client, server, '0123456789');
    const { sessions } = await read([{ time: 1, bytes: long.subarray(0, long.length - 3), wire: long.length }]);
    expect(sessions[0]).toMatchObject({ outcome: 'gap' });
  });

  it('bounds the open exchanges', async () => {
    const calls = Array.from({ length: 30 }, (_, i) => udp({ ...client, port: 2000 + i }, server, 'x'));
    const { sessions, report } = await read(calls, { maxOpenSessions: 5 });
    expect(sessions).toHaveLength(30);
    expect(report.leftOut.get('UDP exchange ended early: too many open at once')).toBe(25);
  });
});
