/** Sessions that were written as a capture and read back are the same sessions. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat } from '../bytes/bytes.js';
import { readBytes } from './testing.js';
import type { Close, Message, Session } from './types.js';
import { pcapOf } from './writer.js';

const START = 1_700_000_000;

interface Said {
  readonly from: 'client' | 'server';
  readonly bytes: Uint8Array;
}

/** Milliseconds since the epoch of one thing after the other. */
function sessionOf(id: number, said: readonly Said[], close: Close, isUdp: boolean, isV6: boolean): Session {
  const start = START + id;
  const messages: Message[] = [];
  let time = start;
  for (const { from, bytes } of said) {
    time = Math.round((time + 0.25) * 1000) / 1000;
    const last = messages.at(-1);
    if (!isUdp && last?.from === from) {
      const pieces = [...last.pieces, bytes.length];
      const times = [...(last.times ?? last.pieces.map((_, i) => (i === 0 ? last.time : last.lastTime))), time];
      messages[messages.length - 1] = {
        ...last,
        bytes: concat([last.bytes, bytes]),
        lastTime: time,
        pieces,
        ...(pieces.length > 2 ? { times } : {}),
      };
    } else messages.push({ from, bytes, time, lastTime: time, pieces: [bytes.length] });
  }
  const end = isUdp ? time : time + 0.125;
  return {
    id,
    transport: isUdp ? 'udp' : 'tcp',
    client: { address: isV6 ? '2001:db8::7' : '10.1.2.3', port: 30_000 + id },
    server: { address: isV6 ? '2001:db8::1' : '192.0.2.9', port: isUdp ? 4000 : 5000 },
    start: isUdp ? (messages[0]?.time ?? start) : start,
    end,
    messages,
    halfClosed: false,
    close: isUdp ? { by: 'nobody', how: 'open' } : close,
    outcome: 'complete',
  };
}

const said = fc.record({
  from: fc.constantFrom<'client' | 'server'>('client', 'server'),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 60 }),
});
const close = fc.constantFrom<Close>(
  { by: 'client', how: 'fin' },
  { by: 'server', how: 'fin' },
  { by: 'client', how: 'rst' },
  { by: 'server', how: 'rst' },
  { by: 'nobody', how: 'open' },
);

const plain = (session: Session) => ({
  ...session,
  start: session.start.toFixed(6),
  end: session.end.toFixed(6),
  // who ended it first is written, and not when
  over: undefined,
  messages: session.messages.map((message) => ({
    ...message,
    bytes: Buffer.from(message.bytes).toString('hex'),
    time: message.time.toFixed(6),
    lastTime: message.lastTime.toFixed(6),
    times: message.times?.map((time) => time.toFixed(6)),
  })),
});

const write = (sessions: readonly Session[]): Uint8Array => concat([...pcapOf(sessions)]);

describe('a written capture', () => {
  test('read back is the same sessions', async () => {
    const one = fc.tuple(fc.array(said, { minLength: 1, maxLength: 8 }), close, fc.boolean(), fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 5 }), async (all) => {
        const sessions = all
          .map(([spoken, how, isUdp, isV6], id) =>
            // A datagram of the server's before any of the client's is another exchange.
            sessionOf(
              id,
              isUdp
                ? [{ from: 'client', bytes: Uint8Array.of(1) }, ...spoken, { from: 'server', bytes: Uint8Array.of(2) }]
                : spoken,
              how,
              isUdp,
              isV6,
            ),
          )
          .sort((a, b) => a.start - b.start)
          .map((session, id) => ({ ...session, id }));
        const { sessions: read, report } = await readBytes(write(sessions));
        expect(read.map(plain)).toEqual(sessions.map(plain));
        expect([...report.leftOut]).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test('keeps who spoke after the client had closed its side', async () => {
    const spoken = [
      { from: 'client', bytes: Uint8Array.of(1) },
      { from: 'server', bytes: Uint8Array.of(2, 3) },
    ] as const;
    const session = { ...sessionOf(0, spoken, { by: 'client', how: 'fin' }, false, false), halfClosed: true };
    const { sessions } = await readBytes(write([session]));
    expect(sessions.map(plain)).toEqual([plain(session)]);
  });

  test('shows that something is missing', async () => {
    const session: Session = {
      ...sessionOf(0, [{ from: 'client', bytes: Uint8Array.of(1) }], { by: 'nobody', how: 'open' }, false, false),
      outcome: 'gap',
    };
    const { sessions } = await readBytes(write([session]));
    expect(sessions.map(({ outcome }) => outcome)).toEqual(['gap']);
  });

  test('of messages longer than a frame holds them in several', async () => {
    const bytes = new Uint8Array(200_000).map((_, i) => i * 7);
    const session = sessionOf(0, [{ from: 'server', bytes }], { by: 'server', how: 'fin' }, false, false);
    const { sessions } = await readBytes(write([session]));
    expect(sessions[0]?.messages[0]?.bytes).toEqual(bytes);
  });

  const hasTshark = spawnSync('tshark', ['--version']).status === 0;
  test.runIf(hasTshark)('has nothing that tshark objects to, checksums included', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'scriptgen-writer-'));
    const file = path.join(folder, 'written.pcap');
    const spoken = [
      { from: 'client', bytes: Uint8Array.of(200, 201, 202) },
      { from: 'server', bytes: Uint8Array.of(203, 204) },
    ] as const;
    const ends: Close[] = [
      { by: 'client', how: 'fin' },
      { by: 'server', how: 'rst' },
    ];
    const sessions = [0, 1, 2, 3].map((id) =>
      sessionOf(id, spoken, ends[id % 2] ?? { by: 'nobody', how: 'open' }, id === 3, id > 1),
    );
    writeFileSync(file, write(sessions));
    const check = ['ip.check_checksum', 'tcp.check_checksum', 'udp.check_checksum'].flatMap((name) => [
      '-o',
      `${name}:TRUE`,
    ]);
    const said = spawnSync('tshark', ['-r', file, ...check, '-Y', '_ws.expert.severity >= "Warning"'], {
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true, force: true });
    expect(said.status).toBe(0);
    // A reset is a warning of its own.
    expect(said.stdout.split('\n').filter((line) => line !== '' && !line.includes('[RST'))).toEqual([]);
  });
});
