/** Macroclusters: verbs apart, and a sample when there are too many requests. */
import { describe, expect, it } from 'vitest';
import { fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import { macroclusters } from './macroclusters.js';

function names(count: number): string[] {
  let state = 7;
  const random = (): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0);
  return Array.from({ length: count }, () => random().toString(36));
}

const verbs = ['USER', 'PASS', 'LIST', 'RCPT TO:'];
const requests = (count: number): Uint8Array[] =>
  names(count).map((name, i) => fromLatin1(`${verbs[i % verbs.length] ?? ''} ${name}\r\n`));
const verbsOf = (all: readonly Uint8Array[], cluster: readonly number[]): string =>
  [...new Set(cluster.map((i) => toLatin1(all[i] ?? new Uint8Array(0)).split(' ')[0]))].join('+');
const ones = (all: readonly Uint8Array[]): number[] => all.map(() => 1);

describe('macroclusters [05 §2.4.2]', () => {
  it('puts requests with the same verb together', () => {
    const all = requests(40);
    const { clusters, leftOut } = macroclusters(all, ones(all), 0.55);
    expect(leftOut).toEqual([]);
    expect(clusters.map((cluster) => verbsOf(all, cluster)).sort()).toEqual(['LIST', 'PASS', 'RCPT', 'USER']);
  });

  it('clusters a sample when there are too many, says so, and puts the others to the nearest', () => {
    const all = requests(3000);
    const { clusters, leftOut } = macroclusters(all, ones(all), 0.55, { most: 100, cells: 1e8 });
    expect(clusters.map((cluster) => verbsOf(all, cluster)).sort()).toEqual(['LIST', 'PASS', 'RCPT', 'USER']);
    expect(leftOut.join()).toContain('Of 3000 different requests 100 were compared');
    expect(clusters.flat().sort((x, y) => x - y)).toEqual(all.map((_, i) => i));
  });

  it('keeps to the bound on cells', () => {
    const all = requests(200);
    const { clusters, leftOut } = macroclusters(all, ones(all), 0.55, { most: 300, cells: 50_000 });
    expect(leftOut.length).toBe(1);
    expect(clusters.flat().sort((x, y) => x - y)).toEqual(all.map((_, i) => i));
  });

  it('founds a cluster for what the sample has nothing near to', () => {
    const all = requests(400);
    const odd = [fromLatin1('\x01\x02\x03\x04\x05\x06\x07'), fromLatin1('\x01\x02\x03\x04\x05\x06\x08')];
    all.splice(200, 0, ...odd);
    const { clusters } = macroclusters(all, ones(all), 0.55, { most: 20, cells: 1e8 });
    const cluster = clusters.find((members) => members.includes(200));
    expect(cluster).toEqual([200, 201]);
  });

  it('W = 0 and W = 1 need no comparison', () => {
    const all = requests(5000);
    expect(macroclusters(all, ones(all), 0).clusters.length).toBe(5000);
    expect(macroclusters(all, ones(all), 1).clusters.length).toBe(1);
    expect(macroclusters([], [], 0.5).clusters).toEqual([]);
  });
});
