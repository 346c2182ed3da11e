import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../bytes/bytes.js';
import { CLIENT, SERVER, Talk, be16, be32, dialogue, ethernet, frame, ip, read, tcp } from './testing.js';

describe('a TCP connection', () => {
  it('reads as a dialogue', async () => {
    const t = new Talk();
    const packets = [...t.handshake(), t.s('220 hi'), t.c('USER '), t.c('bob'), t.s('331 pass'), ...t.close()];
    const { sessions, report } = await read(packets);
    expect(sessions).toHaveLength(1);
    const [session] = sessions;
    expect(session).toMatchObject({
      id: 0,
      transport: 'tcp',
      client: CLIENT,
      server: SERVER,
      outcome: 'complete',
      close: { by: 'server', how: 'fin' },
      halfClosed: false,
    });
    expect(dialogue(session)).toEqual(['S: 220 hi', 'C: USER bob', 'S: 331 pass']);
    expect(session?.messages[1]?.pieces).toEqual([5, 3]);
    expect(session?.messages[1]?.time).toBeCloseTo(1000.04, 5);
    expect(session?.messages[1]?.lastTime).toBeCloseTo(1000.05, 5);
    expect(session?.over).toBeGreaterThanOrEqual(session?.messages[2]?.lastTime ?? Infinity);
    expect(session?.over).toBeLessThan(session?.end ?? 0);
    expect(report.sessions.get('complete')).toBe(1);
  });

  it('SYN answered by RST: refused', async () => {
    const t = new Talk();
    const refusal = tcp({ from: SERVER, to: CLIENT, seq: 0, ack: 1001, flags: 'R' });
    const { sessions } = await read([t.syn(), refusal]);
    expect(sessions[0]).toMatchObject({ outcome: 'refused', messages: [], close: { by: 'server', how: 'rst' } });
  });

  it('refused twice on the same ports: two sessions', async () => {
    const refusal = (isn: number): Uint8Array => tcp({ from: SERVER, to: CLIENT, seq: 0, ack: isn + 1, flags: 'R' });
    const packets = [new Talk().syn(), refusal(1000), new Talk(CLIENT, SERVER, 5000).syn(), refusal(5000)];
    const { sessions } = await read(packets);
    expect(sessions.map((s) => s.outcome)).toEqual(['refused', 'refused']);
  });

  it('a RST that does not acknowledge the SYN refuses nothing', async () => {
    const t = new Talk();
    const stray = tcp({ from: SERVER, to: CLIENT, seq: 0, ack: 77, flags: 'R' });
    const { sessions } = await read([t.syn(), stray, t.synAck(), t.c(''), t.c('hello')]);
    expect(sessions[0]?.outcome).toBe('complete');
    expect(dialogue(sessions[0])).toEqual(['C: hello']);
  });

  it('SYN without answer, repeated: unanswered, once', async () => {
    const { sessions } = await read([new Talk().syn(), new Talk().syn(), new Talk().syn()]);
    expect(sessions.map((s) => s.outcome)).toEqual(['unanswered']);
  });

  it('without handshake: midstream, and the lower port is the server', async () => {
    const t = new Talk();
    t.handshake();
    const { sessions } = await read([t.s('answer'), t.c('more')]);
    expect(sessions[0]).toMatchObject({ outcome: 'midstream', client: CLIENT, server: SERVER });
    expect(dialogue(sessions[0])).toEqual(['S: answer', 'C: more']);
  });

  it('without handshake: a server called before is known', async () => {
    const high = { address: '10.8.0.1', port: 50_000 };
    const first = new Talk(CLIENT, high);
    const second = new Talk({ address: '10.8.0.3', port: 40_001 }, high);
    second.handshake();
    const { sessions } = await read([...first.handshake(), second.c('x'), second.s('y')]);
    expect(sessions.map((s) => s.server.port)).toEqual([50_000, 50_000]);
  });

  it('ends with RST from the client', async () => {
    const t = new Talk();
    const { sessions } = await read([...t.handshake(), t.c('bye'), t.c('', 'R')]);
    expect(sessions[0]).toMatchObject({ outcome: 'complete', close: { by: 'client', how: 'rst' } });
  });

  it('after a reset nothing of the other side is heard any more', async () => {
    const t = new Talk();
    const { sessions } = await read([...t.handshake(), t.s('heard'), t.c('', 'R'), t.s('not heard')]);
    expect(dialogue(sessions[0])).toEqual(['S: heard']);
  });

  it('the capture begins inside an answer: midstream, from the first byte that was seen', async () => {
    const t = new Talk();
    t.handshake();
    const ask = t.c('ask');
    t.s('before the capture');
    const { sessions } = await read([ask, t.s('answer'), t.c('next')]);
    expect(sessions[0]?.outcome).toBe('midstream');
    expect(dialogue(sessions[0])).toEqual(['C: ask', 'S: answer', 'C: next']);
  });

  it('the capture ends first: open', async () => {
    const t = new Talk();
    const { sessions } = await read([...t.handshake(), t.c('hi')]);
    expect(sessions[0]).toMatchObject({ outcome: 'complete', close: { by: 'nobody', how: 'open' } });
  });

  it('half-close: the server speaks on after the client has finished', async () => {
    const t = new Talk();
    const packets = [...t.handshake(), t.c('query', 'F'), t.s('long'), t.s(' answer', 'F'), t.c('')];
    const { sessions } = await read(packets);
    expect(sessions[0]).toMatchObject({ halfClosed: true, outcome: 'complete', close: { by: 'client', how: 'fin' } });
    expect(dialogue(sessions[0])).toEqual(['C: query', 'S: long answer']);
  });

  it('bytes that were on their way when the client closed are no half-close', async () => {
    const t = new Talk();
    const open = t.handshake();
    const crossing = t.s('data');
    const { sessions } = await read([...open, t.c('', 'F'), crossing, t.s('', 'F')]);
    expect(sessions[0]?.halfClosed).toBe(false);
    expect(dialogue(sessions[0])).toEqual(['S: data']);
  });

  it('retransmission, keep-alives and window probes add nothing', async () => {
    const t = new Talk();
    const open = t.handshake();
    const hello = t.c('hello');
    const keepAlive = tcp({ from: CLIENT, to: SERVER, seq: 1005, ack: 9001 }, Uint8Array.of(0));
    const probe = tcp({ from: CLIENT, to: SERVER, seq: 1006, ack: 9001 }, utf8('w'));
    const packets = [...open, hello, hello, keepAlive, probe, probe, t.c('world')];
    const { sessions } = await read(packets);
    expect(dialogue(sessions[0])).toEqual(['C: helloworld']);
    expect(sessions[0]?.messages[0]?.pieces).toEqual([5, 1, 4]);
    expect(sessions[0]?.outcome).toBe('complete');
  });

  it('reordered segments come in order', async () => {
    const t = new Talk();
    const [open, a, b, c] = [t.handshake(), t.c('a'), t.c('b'), t.c('c')];
    const { sessions } = await read([...open, c, b, a]);
    expect(dialogue(sessions[0])).toEqual(['C: abc']);
    expect(sessions[0]?.outcome).toBe('complete');
  });

  it('the answer is captured before the question: as the applications saw it', async () => {
    const t = new Talk();
    const open = t.handshake();
    const question = t.c('question');
    const answer = t.s('answer');
    const { sessions } = await read([...open, answer, question, t.c('next')]);
    expect(dialogue(sessions[0])).toEqual(['C: question', 'S: answer', 'C: next']);
    expect(sessions[0]?.outcome).toBe('complete');
  });

  it('a lost segment: gap, with the messages before it', async () => {
    const t = new Talk();
    const packets = [...t.handshake(), t.c('one'), t.s('1'), t.c('two')];
    t.s('2');
    const { sessions } = await read([...packets, t.c('three'), t.s('3')]);
    expect(sessions[0]?.outcome).toBe('gap');
    expect(dialogue(sessions[0])).toEqual(['C: one', 'S: 1', 'C: two']);
  });

  it('a lost last segment that was acknowledged: gap', async () => {
    const t = new Talk();
    const packets = [...t.handshake(), t.c('one')];
    t.s('lost');
    const { sessions } = await read([...packets, t.c('')]);
    expect(sessions[0]?.outcome).toBe('gap');
  });

  it('a segment cut by the snapshot length: what is there, then a gap', async () => {
    const t = new Talk();
    const open = t.handshake();
    const long = t.c('0123456789');
    const cut = { time: 1001, bytes: long.subarray(0, long.length - 4), wire: long.length };
    const { sessions } = await read([...open, cut]);
    expect(sessions[0]?.outcome).toBe('gap');
    expect(dialogue(sessions[0])).toEqual(['C: 012345']);
  });

  it('the sequence numbers wrap around', async () => {
    const t = new Talk(CLIENT, SERVER, 0xfffffffd, 0xffffffff);
    const packets = [...t.handshake(), t.s('hello'), t.c('abcdef'), t.s('ok'), t.c('more'), ...t.close()];
    const { sessions } = await read(packets);
    expect(dialogue(sessions[0])).toEqual(['S: hello', 'C: abcdef', 'S: ok', 'C: more']);
    expect(sessions[0]?.outcome).toBe('complete');
  });

  it('port reuse: a new SYN on the same ports is a new session', async () => {
    const first = new Talk();
    const second = new Talk(CLIENT, SERVER, 777_000, 5);
    const packets = [...first.handshake(), first.c('one'), ...first.close(), ...second.handshake(), second.c('two')];
    const { sessions } = await read(packets);
    expect(sessions.map(dialogue)).toEqual([['C: one'], ['C: two']]);
    expect(sessions.map((s) => s.id)).toEqual([0, 1]);
  });

  it('late packets of a closed connection open nothing', async () => {
    const t = new Talk();
    const packets = [...t.handshake(), t.c('x'), ...t.close()];
    const last = packets.at(-2) ?? new Uint8Array(0);
    const late = packets.map((bytes, i) => ({ time: i / 100, bytes }));
    const { sessions, report } = await read([...late, { time: 1, bytes: last }, { time: 100, bytes: last }]);
    expect(sessions).toHaveLength(1);
    expect(report.leftOut.get('TCP packet without data outside any connection')).toBe(1);
  });

  it('data with the SYN that the server takes (fast open)', async () => {
    const t = new Talk();
    const { sessions } = await read([t.syn('early'), t.synAck(), t.s('answer'), t.c(' more')]);
    expect(dialogue(sessions[0])).toEqual(['C: early', 'S: answer', 'C:  more']);
    expect(sessions[0]?.outcome).toBe('complete');
  });

  it('data with the SYN that the server does not take: what is sent again counts', async () => {
    const t = new Talk();
    const syn = t.syn('early');
    t.server.seen = t.client.seq = 1001;
    const { sessions } = await read([syn, t.synAck(), t.c('EARLY'), t.s('answer')]);
    expect(dialogue(sessions[0])).toEqual(['C: EARLY', 'S: answer']);
    expect(sessions[0]?.outcome).toBe('complete');
  });

  it('SYN/ACK captured before the SYN', async () => {
    const t = new Talk();
    const [syn, synAck] = [t.syn(), t.synAck()];
    const { sessions } = await read([synAck, syn, t.c('hi'), t.s('ho')]);
    expect(sessions).toHaveLength(1);
    expect(sessions[0]).toMatchObject({ outcome: 'complete', client: CLIENT });
    expect(dialogue(sessions[0])).toEqual(['C: hi', 'S: ho']);
  });

  it('both open at once (RFC 9293 figure 7)', async () => {
    const packets = [
      tcp({ from: CLIENT, to: SERVER, seq: 100, flags: 'S' }),
      tcp({ from: SERVER, to: CLIENT, seq: 300, flags: 'S' }),
      tcp({ from: CLIENT, to: SERVER, seq: 100, ack: 301, flags: 'S' }),
      tcp({ from: SERVER, to: CLIENT, seq: 300, ack: 101, flags: 'S' }),
      tcp({ from: CLIENT, to: SERVER, seq: 101, ack: 301 }, utf8('hi')),
      tcp({ from: SERVER, to: CLIENT, seq: 301, ack: 103 }, utf8('ho')),
    ];
    const { sessions } = await read(packets);
    expect(sessions).toHaveLength(1);
    expect(dialogue(sessions[0])).toEqual(['C: hi', 'S: ho']);
    expect(sessions[0]).toMatchObject({ outcome: 'complete', client: CLIENT });
  });

  it('the server forgets its first answer and answers anew', async () => {
    const t = new Talk();
    const syn = t.syn();
    const lost = tcp({ from: SERVER, to: CLIENT, seq: 4444, ack: 1001, flags: 'S' });
    const { sessions } = await read([syn, lost, syn, t.synAck(), t.c('hi'), t.s('ho')]);
    expect(sessions).toHaveLength(1);
    expect(dialogue(sessions[0])).toEqual(['C: hi', 'S: ho']);
    expect(sessions[0]?.outcome).toBe('complete');
  });

  it('an IPv4 total length of zero (segmentation offload) takes what was captured', async () => {
    const t = new Talk();
    const open = t.handshake();
    const big = t.c('x'.repeat(3000)).slice();
    big.set([0, 0], 16);
    const { sessions } = await read([...open, big]);
    expect(sessions[0]?.messages[0]?.bytes.length).toBe(3000);
  });

  it('Ethernet padding is not data', async () => {
    const t = new Talk();
    const packets = t.handshake().map((bytes) => Uint8Array.from([...bytes, 0, 0, 0, 0, 0, 0]));
    const { sessions } = await read(packets);
    expect(sessions[0]).toMatchObject({ outcome: 'complete', messages: [] });
  });

  it('ICMP port unreachable refuses a SYN', async () => {
    const t = new Talk();
    const syn = t.syn();
    const icmp = ip(
      { from: SERVER.address, to: CLIENT.address, protocol: 1 },
      Uint8Array.from([3, 3, 0, 0, 0, 0, 0, 0, ...syn.subarray(14)]),
    );
    const { sessions } = await read([syn, frame(icmp)]);
    expect(sessions[0]?.outcome).toBe('refused');
  });

  it('a connection of an endpoint with itself is no trouble', async () => {
    const { sessions } = await read(new Talk(SERVER, SERVER).handshake());
    expect(sessions.length).toBeGreaterThan(0);
  });

  it('keeps only what was asked for', async () => {
    const [a, b] = [new Talk(), new Talk(CLIENT, { address: '10.8.0.9', port: 80 })];
    const packets = [...a.handshake(), a.c('x'), ...b.handshake(), b.c('y')];
    const byServer = await read(packets, { servers: ['10.8.0.9'] });
    const byPort = await read(packets, { ports: [{ transport: 'tcp', port: 21 }] });
    expect(byServer.sessions.map(dialogue)).toEqual([['C: y']]);
    expect(byPort.sessions.map(dialogue)).toEqual([['C: x']]);
  });

  it('bounds the bytes of a session, the held bytes, and the open connections', async () => {
    const t = new Talk();
    const open = t.handshake();
    const long = await read([...open, t.c('12345'), t.s('ok'), t.c('6789')], { maxMessageBytes: 8 });
    expect(long.sessions[0]?.outcome).toBe('gap');
    expect(dialogue(long.sessions[0])).toEqual(['C: 12345', 'S: ok']);

    const many = Array.from({ length: 50 }, (_, i) => new Talk({ address: '10.8.0.2', port: 1000 + i }).syn());
    const few = await read(many, { maxOpenSessions: 10 });
    expect(few.sessions).toHaveLength(50);
    expect(few.report.leftOut.get('TCP connection ended early: too many open at once')).toBe(40);
  });

  it('gives up a hole when too much waits behind it', async () => {
    const t = new Talk();
    const packets = [...t.handshake(), t.c('start')];
    t.c('lost');
    for (let i = 0; i < 90; i++) packets.push(t.c('x'.repeat(60_000)));
    const { sessions } = await read(packets);
    expect(sessions[0]?.outcome).toBe('gap');
    expect(dialogue(sessions[0])).toEqual(['C: start']);
  });

  it('a TCP header that lies about its length is left out', async () => {
    const broken = ip(
      { from: '1.1.1.1', to: '2.2.2.2', protocol: 6 },
      Uint8Array.from([...be16(1, 2), ...be32(0, 0), ...be16(0x1000, 0, 0, 0)]),
    );
    const { report } = await read([ethernet(0x0800, broken)]);
    expect(report.leftOut.get('broken TCP header')).toBe(1);
  });

  it('any duplication and small reordering of a dialogue gives the same messages', async () => {
    const line = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 20 });
    const places = fc.array(fc.double({ min: 0, max: 4, noNaN: true }), { minLength: 24, maxLength: 24 });
    const dialogues = fc.array(line, { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(dialogues, places, fc.integer({ min: 0, max: 0xffffffff }), async (lines, jitter, isn) => {
        const t = new Talk(CLIENT, SERVER, isn, isn ^ 0x7fffffff);
        const open = t.handshake();
        // Alternating sides, so that each line's acknowledgement tells its place.
        const said = lines.map((text, i) => t.say(i % 2 === 0 ? 'client' : 'server', text));
        const shuffled = [...said, ...said]
          .map((packet, i) => ({ packet, at: (i % said.length) + (jitter[i] ?? 0) }))
          .sort((a, b) => a.at - b.at)
          .map(({ packet }) => packet);
        const { sessions } = await read([...open, ...shuffled, ...t.close()]);
        expect(sessions).toHaveLength(1);
        expect(dialogue(sessions[0])).toEqual(lines.map((text, i) => `${i % 2 === 0 ? 'C' : 'S'}: ${text}`));
        expect(sessions[0]?.outcome).toBe('complete');
      }),
      { numRuns: 200 },
    );
  });
});
