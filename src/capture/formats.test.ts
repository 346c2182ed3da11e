import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concat, utf8 } from '../bytes/bytes.js';
import { CaptureError } from './errors.js';
import { newReport } from './report.js';
import { readSessions } from './sessions.js';
import { CLIENT, SERVER, Talk, be16, be32, dialogue, pcap, readBytes, udp } from './testing.js';

const question = udp(CLIENT, { ...SERVER, port: 53 }, 'q?');
const answer = udp({ ...SERVER, port: 53 }, CLIENT, 'a!');

/** Turns big-endian words into little-endian ones. */
function swap32(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes, (_, i) => bytes[(i & ~3) + 3 - (i & 3)] ?? 0);
}

function pad4(bytes: Uint8Array): Uint8Array {
  return concat([bytes, new Uint8Array((4 - (bytes.length % 4)) % 4)]);
}

/** pcapng in either byte order. */
class Ng {
  readonly little: boolean;
  constructor(little: boolean) {
    this.little = little;
  }
  u32(...values: number[]): Uint8Array {
    return this.little ? swap32(be32(...values)) : be32(...values);
  }
  u16(...values: number[]): Uint8Array {
    return this.little ? concat(values.map((v) => be16(v).reverse())) : be16(...values);
  }
  block(type: number, ...parts: Uint8Array[]): Uint8Array {
    const body = pad4(concat(parts));
    return concat([this.u32(type, body.length + 12), body, this.u32(body.length + 12)]);
  }
  section(): Uint8Array {
    return this.block(0x0a0d0d0a, this.u32(0x1a2b3c4d), this.u16(1, 0), this.u32(0xffffffff, 0xffffffff));
  }
  option(code: number, value: Uint8Array): Uint8Array {
    return concat([this.u16(code, value.length), pad4(value)]);
  }
  interface(linkType: number, ...options: Uint8Array[]): Uint8Array {
    return this.block(1, this.u16(linkType, 0), this.u32(0), ...options, this.u32(0));
  }
  enhanced(id: number, ticks: bigint, packet: Uint8Array): Uint8Array {
    const time = this.u32(Number(ticks >> 32n), Number(ticks & 0xffffffffn));
    return this.block(6, this.u32(id), time, this.u32(packet.length, packet.length), packet);
  }
  old(id: number, ticks: bigint, packet: Uint8Array): Uint8Array {
    const time = this.u32(Number(ticks >> 32n), Number(ticks & 0xffffffffn));
    return this.block(2, this.u16(id, 0), time, this.u32(packet.length, packet.length), packet);
  }
  simple(packet: Uint8Array): Uint8Array {
    return this.block(3, this.u32(packet.length), packet);
  }
}

describe('pcap', () => {
  /** One packet at 1000.5 s. */
  function file(magic: number, fraction: number, little: boolean, extra = 0): Uint8Array {
    const order = little ? swap32 : (bytes: Uint8Array): Uint8Array => bytes;
    const versions = little ? be16(0x0200, 0x0400) : be16(2, 4);
    const record = order(be32(1000, fraction, question.length, question.length));
    return concat([order(be32(magic)), versions, order(be32(0, 0, 65535, 1)), record, new Uint8Array(extra), question]);
  }

  it.each([
    ['big-endian microseconds', file(0xa1b2c3d4, 500_000, false)],
    ['little-endian microseconds', file(0xa1b2c3d4, 500_000, true)],
    ['big-endian nanoseconds', file(0xa1b23c4d, 500_000_000, false)],
    ['little-endian nanoseconds', file(0xa1b23c4d, 500_000_000, true)],
    ["Kuznetzov's variant", file(0xa1b2cd34, 500_000, true, 8)],
  ])('%s', async (_, bytes) => {
    const { sessions } = await readBytes(bytes);
    expect(sessions[0]?.start).toBe(1000.5);
    expect(dialogue(sessions[0])).toEqual(['C: q?']);
  });

  it('a record longer than anything can be: a warning with packet number and offset, the rest is used', async () => {
    const bytes = concat([pcap([question, answer]), be32(0, 0, 0x7fffffff, 0x7fffffff), new Uint8Array(100)]);
    const offset = pcap([question, answer]).length;
    const { sessions, report } = await readBytes(bytes);
    expect(dialogue(sessions[0])).toEqual(['C: q?', 'S: a!']);
    expect(report.warnings).toHaveLength(1);
    expect(report.warnings[0]).toContain(`packet 3 at byte offset ${offset}`);
  });

  it('a file cut inside a record: a warning', async () => {
    const bytes = pcap([question, answer]);
    const { sessions, report } = await readBytes(bytes.subarray(0, bytes.length - 1));
    expect(dialogue(sessions[0])).toEqual(['C: q?']);
    expect(report.warnings[0]).toContain('packet 2 at byte offset');
  });

  it('an unknown version or link type field: an error', async () => {
    const version = pcap([question]);
    version.set([0, 9], 4);
    await expect(readBytes(version)).rejects.toThrow(/version 9\.4/);
    const link = pcap([question]);
    link.set([0, 0x30, 0, 1], 20);
    await expect(readBytes(link)).rejects.toThrow(CaptureError);
  });

  it('a link type that is not supported: a warning', async () => {
    const { report } = await readBytes(pcap([question, answer], 147));
    expect(report.warnings).toHaveLength(1);
    expect(report.leftOut.get('link type 147 is not supported')).toBe(2);
  });
});

describe('pcapng', () => {
  it.each([true, false])('all packet blocks and several sections, little-endian: %s', async (little) => {
    const ng = new Ng(little);
    const other = new Ng(!little);
    const again = udp(CLIENT, { ...SERVER, port: 53 }, 'again');
    const bytes = concat([
      ng.section(),
      ng.interface(147),
      ng.interface(1),
      ng.block(0xbad, utf8('custom')),
      ng.enhanced(1, 1_000_500_000n, question),
      ng.old(1, 1_000_600_000n, answer),
      other.section(),
      other.interface(1),
      other.enhanced(0, 1_000_700_000n, again),
      other.simple(answer),
    ]);
    const { sessions, report } = await readBytes(bytes, { chunk: 7 });
    expect(report.packets).toBe(4);
    expect(dialogue(sessions[0])).toEqual(['C: q?', 'S: a!', 'C: again', 'S: a!']);
    expect(sessions[0]?.messages.map((m) => m.time)).toEqual([1000.5, 1000.6, 1000.7, 1000.7]);
  });

  it.each([
    ['seconds', 0, 1000n, 1000],
    ['milliseconds', 3, 1_000_500n, 1000.5],
    ['nanoseconds', 9, 1_000_500_000_000n, 1000.5],
    ['1/1024 seconds', 0x8a, 1_024_512n, 1000.5],
    ['2^-32 seconds', 0xa0, (1000n << 32n) + (1n << 31n), 1000.5],
  ])('time in %s', async (_, resolution, ticks, time) => {
    const ng = new Ng(true);
    const withOption = ng.interface(1, ng.option(2, utf8('eth0')), ng.option(9, Uint8Array.of(resolution)));
    const { sessions } = await readBytes(concat([ng.section(), withOption, ng.enhanced(0, ticks, question)]));
    expect(sessions[0]?.start).toBe(time);
  });

  it.each([true, false])('time offset, also before the epoch of the ticks, little-endian: %s', async (little) => {
    const ng = new Ng(little);
    const low = ng.u32(0xffffffff - 99);
    const high = ng.u32(0xffffffff);
    const offset = ng.option(14, little ? concat([low, high]) : concat([high, low]));
    const bytes = concat([ng.section(), ng.interface(1, offset), ng.enhanced(0, 1_000_000_000n, question)]);
    expect((await readBytes(bytes)).sessions[0]?.start).toBe(900);
  });

  it.each([
    ['block length', (ng: Ng) => concat([ng.u32(6, 0x7ffffff0), new Uint8Array(64)])],
    ['lengths of its block differ', (ng: Ng) => ng.enhanced(0, 0n, answer).fill(1, -4)],
    ['interface 7 was never described', (ng: Ng) => ng.enhanced(7, 0n, answer)],
    ['claims', (ng: Ng) => ng.block(6, ng.u32(0, 0, 0, 9999, 9999))],
    ['magic', () => concat([be32(0x0a0d0d0a), new Uint8Array(28)])],
  ])('damage: %s', async (why, damage) => {
    const ng = new Ng(true);
    const good = concat([ng.section(), ng.interface(1), ng.enhanced(0, 1_000_000n, question)]);
    const { sessions, report } = await readBytes(concat([good, damage(ng), answer]));
    expect(sessions).toHaveLength(1);
    expect(report.warnings[0]).toContain(`packet 2 at byte offset ${good.length}`);
    expect(report.warnings[0]).toContain(why);
  });
});

describe('sources', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'scriptgen-capture-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function write(name: string, bytes: Uint8Array): string {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  }
  async function failure(path: string): Promise<CaptureError> {
    try {
      for await (const session of readSessions([path], newReport())) expect(session).toBeUndefined();
    } catch (error) {
      if (error instanceof CaptureError) return error;
    }
    throw new Error(`${path} was read`);
  }

  it('several files go on into each other; progress counts all bytes', async () => {
    const t = new Talk();
    const first = write('1.pcap', pcap([...t.handshake(), t.c('one')]));
    const second = write('2.pcap.gz', gzipSync(pcap([t.s('two'), ...t.close()])));
    const report = newReport();
    let bytes = 0;
    const sessions = [];
    for await (const s of readSessions([first, second], report, { onProgress: (n) => (bytes = n) })) sessions.push(s);
    expect(sessions.map(dialogue)).toEqual([['C: one', 'S: two']]);
    expect(report.files.map((f) => f.packets)).toEqual([4, 4]);
    expect(bytes).toBe(report.files.reduce((sum, f) => sum + f.bytes, 0));
  });

  it('missing, empty, foreign, a folder: one sentence that names the file', async () => {
    const cases: [string, string][] = [
      [join(folder, 'nothing.pcap'), 'missing'],
      [write('empty.pcap', new Uint8Array(0)), 'empty'],
      [write('short.pcap', Uint8Array.of(1, 2)), 'foreign'],
      [write('header.pcap', pcap([]).subarray(0, 10)), 'foreign'],
      [write('text.pcap', utf8('this is no capture at all, but a text')), 'foreign'],
      [write('text.pcap.gz', gzipSync(utf8('this is no capture at all, but a text'))), 'foreign'],
      [write('broken.gz', Uint8Array.of(0x1f, 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9)), 'unreadable'],
      [write('zstd', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0)), 'foreign'],
      [folder, 'unreadable'],
    ];
    for (const [path, code] of cases) {
      const error = await failure(path);
      expect(error.code, path).toBe(code);
      expect(error.message).toContain(path);
      expect(error.message).not.toContain('\n');
    }
  });

  it('a capture of no packets is no error', async () => {
    const { report } = await readBytes(pcap([]));
    expect(report.warnings).toEqual(['the stream holds no packets']);
  });

  it('gzip cut short or damaged: what could be read, and a warning', async () => {
    const packets = Array.from({ length: 2000 }, (_, i) =>
      udp({ ...CLIENT, port: 2000 + i }, SERVER, `n ${Math.sin(i)}`),
    );
    const packed = gzipSync(pcap(packets));
    const cut = await readBytes(packed.subarray(0, packed.length >> 1));
    expect(cut.sessions.length).toBeGreaterThan(200);
    expect(cut.sessions.length).toBeLessThan(2000);
    expect(cut.report.warnings).toHaveLength(1);
    const bad = Uint8Array.from(packed);
    bad.fill(0xff, packed.length >> 1);
    const damaged = await readBytes(bad);
    expect(damaged.sessions.length).toBeGreaterThan(200);
    expect(damaged.report.warnings).toHaveLength(1);
  });

  it('gives the same whatever the chunks', async () => {
    const t = new Talk();
    const file = pcap([...t.handshake(), t.c('one'), t.s('two'), ...t.close()]);
    const whole = await readBytes(file);
    for (const bytes of [file, gzipSync(file)]) {
      for (const chunk of [1, 2, 3, 23, 24, 25, 39, 40, 41]) {
        expect((await readBytes(bytes, { chunk })).sessions).toEqual(whole.sessions);
      }
    }
  });

  it('never throws anything but CaptureError, whatever the bytes, and always ends', async () => {
    const t = new Talk();
    const ng = new Ng(true);
    const v6 = udp({ address: 'fd00::2', port: 7 }, { address: 'fd00::1', port: 53 }, 'six');
    const packets = [...t.handshake(), t.c('one'), t.s('two'), question, answer, v6, ...t.close()];
    const seeds = [
      pcap(packets),
      concat([ng.section(), ng.interface(1), ...packets.map((p, i) => ng.enhanced(0, BigInt(i) * 1000n, p))]),
    ];
    const mutation = fc.record({ at: fc.nat(), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...seeds),
        fc.array(mutation, { maxLength: 30 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(0, 1, 9, 12, 50, 101, 104, 105, 108, 113, 119, 127, 192, 228, 229, 239, 242, 276),
        async (seed, mutations, share, linkType) => {
          const bytes = seed.slice(0, Math.ceil(seed.length * share));
          if (seed === seeds[0] && bytes.length > 24) bytes[23] = linkType & 0xff;
          for (const { at, value } of mutations) bytes[at % bytes.length] = value;
          try {
            const { sessions } = await readBytes(bytes);
            for (const s of sessions) {
              for (const m of s.messages) expect(m.pieces.reduce((sum, n) => sum + n, 0)).toBe(m.bytes.length);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(CaptureError);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });
});
