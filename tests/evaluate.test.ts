/** `scriptgen evaluate` as its users have it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVER, Talk, pcap } from '../src/capture/testing.js';
import { builtCommand, runCommand, type Ended } from './helpers/command.js';

const names = ['bob', 'alice', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy'];

/** One session: a greeting, a request with a name, an answer with the name. */
function talk(name: string, i: number, answer = `+hello ${name}\r\n`): Uint8Array[] {
  const client = { address: `10.8.0.${10 + i}`, port: 40_000 + i };
  const session = new Talk(client, SERVER, 1000 * i, 9000 * i);
  const handshake = session.handshake();
  return [
    ...handshake,
    session.s('+ready\r\n'),
    session.c(`HELLO ${name}\r\n`),
    session.s(answer),
    session.c('QUIT\r\n'),
    session.s('+bye\r\n'),
    ...session.close(),
  ];
}

interface Document {
  readonly services: readonly {
    readonly service: string;
    readonly columns: Readonly<Record<string, Readonly<Record<string, number>>>>;
    readonly reasons: Readonly<Record<string, number>>;
    readonly misses: readonly { readonly expected: string; readonly given: string; readonly words: string }[];
  }[];
}

describe('scriptgen evaluate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'scriptgen-evaluate-'));
  const good = join(folder, 'good.pcap');
  const odd = join(folder, 'odd.pcap');
  let command = '';
  const evaluate = (...args: string[]): Promise<Ended> => runCommand(command, ['evaluate', ...args]);

  beforeAll(() => {
    command = builtCommand();
    writeFileSync(good, pcap(names.flatMap((name, i) => talk(name, i))));
    writeFileSync(odd, pcap([...names.flatMap((name, i) => talk(name, i)), ...talk('peggy', 20, '-go away\r\n')]));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('finds everything right where everything can be known, and less in the nearest recording', async () => {
    const { status, out, err } = await evaluate(good);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toContain('tcp/21: 10 sessions of 10 sources in 5 folds, each source in one fold');
    expect(out).toMatch(/learned +30 +100.0 % +100.0 % +1.000 +0 +0 +100.0 %/);
    expect(out).toMatch(/nearest recording +30 +66.7 %/);
    expect(out).not.toContain('2005');
  });

  it('explains each miss', async () => {
    const { status, out } = await evaluate(odd, '--misses', '3');
    expect(status).toBe(0);
    expect(out).toContain('recorded -go away\\r\\n');
    expect(out).toContain('given    +hello peggy\\r\\n');
    expect(out).toMatch(/they part at byte 0 of 10; class \d+ .* led to state \d+ \(\d+ samples/);
    expect((await evaluate(odd, '--misses', '0')).out).not.toContain('they part');
  });

  it('prints one JSON document, with the papers’ rules beside ours', async () => {
    const { status, out, err } = await evaluate(odd, '--json', '--compare', '--folds', '3');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const [service] = (JSON.parse(out) as Document).services;
    expect(Object.keys(service?.columns ?? {})).toEqual([
      'learned',
      'copied links only (2006)',
      'no links (2005)',
      'nearest recording',
    ]);
    const learned = service?.columns['learned'];
    expect(learned).toMatchObject({ sessions: 11, answers: 33, toEnd: 11 });
    expect(service?.misses.length).toBeGreaterThan(0);
    const wrong = Object.values(service?.reasons ?? {}).reduce((all, n) => all + n, 0);
    expect(wrong + (learned?.['exactOrVarying'] ?? 0)).toBe(33);
  });

  it('gives the same document for the same seed', async () => {
    const [one, two] = await Promise.all([evaluate(odd, '--json'), evaluate(odd, '--json')]);
    expect(one.out).toBe(two.out);
  });

  it('uses no more sessions than it is told to, and says so', async () => {
    const { out } = await evaluate(good, '--most', '6');
    expect(out).toContain('6 sessions of 10, drawn by lot (--most)');
  });

  it('shows and draws the surface over the thresholds', async () => {
    const svg = join(folder, 'surface.svg');
    const { status, out } = await evaluate(good, '--surface', '--svg', svg);
    expect(status).toBe(0);
    expect(out).toContain('states, the machine of the 2005 paper');
    expect(out).toMatch(/W = 0\.4 +\d/);
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  it('learn --choose picks the thresholds by the same means', async () => {
    const { status, out } = await runCommand(command, ['learn', good, '--choose', '-o', join(folder, 'model')]);
    expect(status).toBe(0);
    expect(out).toMatch(/thresholds W = 0\.5, w = 1 \(W\/w, similarity over 10 sessions: 0\.3\/1 /);
  });

  it('tells a wrong command line from work that can not be done', async () => {
    const missing = await evaluate(join(folder, 'none.pcap'));
    expect(missing).toMatchObject({ status: 2, out: '' });
    expect(missing.err).toContain('none.pcap');
    expect((await evaluate(good, '--folds', '1')).status).toBe(2);
    expect((await evaluate(good, '--macro', '2')).status).toBe(2);
    const lost = await evaluate(good, '--svg', join(folder, 'x.svg'));
    expect(lost).toMatchObject({ status: 2, err: 'scriptgen: --svg draws the surface; add --surface\n' });
    const nothing = await evaluate(good, '--port', 'tcp/9');
    expect(nothing.status).toBe(1);
    expect(nothing.err).toContain('nothing to compare');
  });
});
