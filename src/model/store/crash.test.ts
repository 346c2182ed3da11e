/** What is left of a model when the writer is killed, or the disk is full. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generation } from '../../../tests/helpers/models.js';
import { eventually } from '../../../tests/helpers/patience.js';
import { readModel, writeModel } from './index.js';

const WRITER = path.join(import.meta.dirname, '../../../tests/helpers/endless-writer.ts');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'scriptgen-crash-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function killWriterAfter(place: string, wait: () => Promise<unknown>, start: number): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', WRITER, place, String(start)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await wait();
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('killed at any moment, the writer leaves a whole model', async () => {
  const place = path.join(folder, 'killed');
  for (let i = 0; i < 12; i++) {
    await killWriterAfter(place, () => sleep(Math.random() * 40), i * 7);
    const model = await readModel(place);
    expect(model).toEqual(generation(Number(model.options['generation'])));
  }
  await writeModel(place, generation(1));
  expect((await readdir(place)).sort()).toEqual(['literals', 'model.json', 'tcp-2000.json', 'tcp-2001.json']);
  expect((await readdir(folder)).filter((name) => name.includes('killed'))).toEqual(['killed']);
});

test('two writers, one of them killed, and a reader all the while', async () => {
  const place = path.join(folder, 'contested');
  await writeModel(place, generation(0));
  const read = new Set<unknown>();
  const timer = new AbortController();
  const reader = async (): Promise<void> => {
    while (!timer.signal.aborted) {
      const model = await readModel(place);
      expect(model).toEqual(generation(Number(model.options['generation'])));
      read.add(model.options['generation']);
    }
  };
  const seen = (generations: number) => () => eventually(() => expect(read.size).toBeGreaterThan(generations));
  const writers = Promise.all([killWriterAfter(place, seen(3), 10), killWriterAfter(place, seen(6), 100)]);
  await Promise.all([reader(), writers.finally(() => timer.abort())]);
});

test('a writer that was killed before anything was there leaves nothing that stands in the way', async () => {
  const place = path.join(folder, 'fresh');
  const left = path.join(folder, '.fresh.new-999999999-00000000');
  await mkdir(left);
  await writeFile(path.join(left, 'tcp-1.json'), 'half a mod');
  await writeModel(place, generation(2));
  expect((await readdir(folder)).filter((name) => name.includes('fresh'))).toEqual(['fresh']);
});

function mountTiny(at: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('on a full disk', () => {
  test('the old model stays, and nothing else does', async (context) => {
    const disk = path.join(folder, 'disk');
    await mkdir(disk);
    if (!mountTiny(disk)) {
      console.warn('SKIPPED: a tmpfs can not be mounted here, so a full disk can not be tried');
      context.skip();
    }
    try {
      const place = path.join(disk, 'm');
      await writeModel(place, generation(0));
      const before = await readdir(place, { recursive: true });
      const big = {
        ...generation(1),
        services: generation(1).services.map((service) => ({
          ...service,
          training: { ...service.training, remarks: ['x'.repeat(100_000)] },
        })),
      };
      await expect(writeModel(place, big)).rejects.toMatchObject({
        code: 'unwritable',
        message: expect.stringContaining('the disk is full') as string,
      });
      expect(await readModel(place)).toEqual(generation(0));
      expect(await readdir(place, { recursive: true })).toEqual(before);
      await expect(writeModel(path.join(disk, 'other'), big)).rejects.toMatchObject({ code: 'unwritable' });
      expect(await readdir(disk)).toEqual(['m']);
      await writeModel(place, generation(4));
      expect(await readModel(place)).toEqual(generation(4));
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
