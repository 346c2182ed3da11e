/** Versions of a model: one step back, waiting for approval, and never more than are kept. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Model } from '../types.js';
import { readModel } from './read.js';
import {
  adoptVersion,
  approveVersion,
  listVersions,
  nextVersion,
  putAside,
  undoVersion,
  versionOf,
} from './versions.js';
import { writeModel } from './write.js';

const learned: Model = { schema: 1, options: { seed: 1 }, services: [] };

/** The next version, made from another one. */
function refined(from: Model, version: number): Model {
  const refinement = {
    version,
    time: '2026-01-01T00:00:00.000Z',
    from: ['day.pcap'],
    conversations: 3,
    requests: 5,
    sources: [{ address: '192.0.2.1', requests: 5 }],
    moreSources: 0,
  };
  const refinements = [...(from.refined?.refinements ?? []), refinement];
  const samples = new Uint8Array(5000).fill(version);
  return { ...from, refined: { version, from: versionOf(from), layer: 1, refinements, samples } };
}

describe('versions of a model', () => {
  let folder = '';
  beforeEach(async () => {
    folder = path.join(await mkdtemp(path.join(tmpdir(), 'versions-')), 'model');
    await writeModel(folder, learned);
  });
  afterEach(() => rm(path.dirname(folder), { recursive: true, force: true }));

  it('are one after the other, each with where it came from', async () => {
    const second = refined(learned, 2);
    await adoptVersion(folder, learned, second);
    await adoptVersion(folder, second, refined(second, await nextVersion(folder, second)));
    expect((await listVersions(folder)).map((v) => [v.version, v.from, v.status, v.refinement?.conversations])).toEqual(
      [
        [1, 0, 'earlier', undefined],
        [2, 1, 'earlier', 3],
        [3, 2, 'current', 3],
      ],
    );
  });

  it('go back to what was before, and forth again', async () => {
    const second = refined(learned, 2);
    await adoptVersion(folder, learned, second);
    expect(await undoVersion(folder)).toEqual({ left: 2, now: 1 });
    expect(await readModel(folder)).toEqual(learned);
    expect(await nextVersion(folder, learned)).toBe(3);
    await approveVersion(folder, 2);
    expect(await readModel(folder)).toEqual(second);
  });

  it('can not go back behind what was learned', async () => {
    await expect(undoVersion(folder)).rejects.toThrow('nothing to undo');
  });

  it('wait until they are approved', async () => {
    const second = refined(learned, 2);
    await putAside(folder, second);
    expect(await readModel(folder)).toEqual(learned);
    expect((await listVersions(folder)).map((v) => v.status)).toEqual(['current', 'waiting']);
    await approveVersion(folder, 2);
    expect(await readModel(folder)).toEqual(second);
  });

  it('are not approved when the model has gone on without them', async () => {
    await putAside(folder, refined(learned, 2));
    await adoptVersion(folder, learned, refined(learned, 3));
    await expect(approveVersion(folder, 2)).rejects.toThrow('refine it again');
    await expect(approveVersion(folder, 7)).rejects.toThrow('no version 7');
  });

  it('are not made from one that counts no more: nothing that another process has learned is lost', async () => {
    const second = refined(learned, 2);
    await adoptVersion(folder, learned, second);
    await expect(adoptVersion(folder, learned, refined(learned, 3))).rejects.toThrow('refine it again');
    expect(versionOf(await readModel(folder))).toBe(2);
  });

  it('are kept up to a bound, the one before always', async () => {
    let model = learned;
    for (let version = 2; version < 20; version++) {
      const next = refined(model, version);
      await adoptVersion(folder, model, next);
      model = next;
    }
    const kept = (await readdir(path.join(folder, 'versions'))).filter((name) => /^\d+$/.test(name));
    expect(kept.length).toBeLessThanOrEqual(10);
    expect(await undoVersion(folder)).toEqual({ left: 19, now: 18 });
  });
});
