import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { utf8 } from '../../bytes/bytes.js';
import type { Model } from '../types.js';
import { arbitraryModel, tinyModel } from '../../../tests/helpers/models.js';
import { decode, encode } from './encode.js';
import { escapeBytes, escapeText, unescape } from './escape.js';
import { readModel, writeModel } from './index.js';
import { toJson } from './json.js';
import type { Json } from './json.js';
import { migrate } from './migrate.js';
import type { Loose } from './migrate.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'scriptgen-store-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function contents(of: string): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const name of (await readdir(of, { recursive: true })).sort()) {
    all[name] = await readFile(path.join(of, name), 'latin1').catch(() => 'folder');
  }
  return all;
}

describe('bytes as text', () => {
  test('any bytes come back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(unescape(JSON.parse(toJson(escapeBytes(bytes))) as string)).toEqual({ kind: 'bytes', bytes });
      }),
    );
  });

  test('any text comes back, also text that looks like bytes', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('b:', 'x:', 't:', 'sha256:').chain((tag) => fc.string().map((rest) => tag + rest)),
    );
    fc.assert(
      fc.property(text, (value) => {
        expect(unescape(escapeText(value))).toEqual({ kind: 'text', text: value });
      }),
    );
  });

  test('printable bytes stay readable, the others are escaped in ASCII', () => {
    expect(toJson(escapeBytes(utf8('USER bob\r\n')))).toBe('"b:USER bob\\r\\n"\n');
    expect(toJson(escapeBytes(Uint8Array.of(0xff, 0x53, 0x4d, 0x42)))).toBe('"b:\\u00ffSMB"\n');
    expect(escapeBytes(Uint8Array.of(0, 1, 2, 0x41))).toBe('x:00010241');
  });

  test('any data comes back', () => {
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.uint8Array({ maxLength: 2000 }),
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('tree')),
        fc.dictionary(fc.string(), tie('tree')),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const literals = new Map<string, Uint8Array>();
        const data = JSON.parse(toJson(encode(value, literals))) as Json;
        const back = decode(data, 'file', (hash) => literals.get(hash) ?? new Uint8Array());
        expect(JSON.stringify(back)).toBe(JSON.stringify(value));
      }),
    );
  });
});

describe('a model on disk', () => {
  test('comes back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryModel, async (model) => {
        await writeModel(path.join(folder, 'm'), model);
        expect(await readModel(path.join(folder, 'm'))).toEqual(model);
      }),
      { numRuns: 30 },
    );
  });

  test('is the same byte for byte, written afresh or over another one', async () => {
    const [one, two] = fc.sample(arbitraryModel, { numRuns: 2, seed: 7 });
    if (one === undefined || two === undefined) throw new Error('no samples');
    await writeModel(path.join(folder, 'a'), one);
    await writeModel(path.join(folder, 'b'), two);
    await writeModel(path.join(folder, 'b'), one);
    expect(await contents(path.join(folder, 'b'))).toEqual(await contents(path.join(folder, 'a')));
  });

  test('keeps long literals once, beside the text', async () => {
    const long = new Uint8Array(3000).fill(0x41);
    const place = path.join(folder, 'm');
    await writeModel(place, tinyModel({ greeting: long, answer: long }));
    expect(await readdir(path.join(place, 'literals'))).toHaveLength(1);
    expect((await readFile(path.join(place, 'tcp-2121.json'), 'utf8')).length).toBeLessThan(2500);
    await writeModel(place, tinyModel({}));
    expect(await readdir(place)).toEqual(['model.json', 'tcp-2121.json']);
  });

  test('leaves nothing beside it', async () => {
    await writeModel(path.join(folder, 'm'), tinyModel({}));
    await writeModel(path.join(folder, 'm'), tinyModel({ greeting: utf8('another') }));
    expect(await readdir(folder)).toEqual(['m']);
  });
});

describe('a model is refused', () => {
  const place = (): string => path.join(folder, 'm');
  const change = async (file: string, by: (text: string) => string): Promise<void> => {
    await writeFile(path.join(place(), file), by(await readFile(path.join(place(), file), 'latin1')), 'latin1');
  };
  beforeEach(async () => {
    await writeModel(place(), tinyModel({ greeting: new Uint8Array(2000).fill(0x42) }));
  });

  test('when there is none', async () => {
    await expect(readModel(path.join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'missing' });
    await expect(readModel(folder)).rejects.toMatchObject({ code: 'missing' });
    await expect(readModel(path.join(place(), 'model.json'))).rejects.toMatchObject({ code: 'missing' });
  });

  test('when a newer program wrote it', async () => {
    await change('model.json', (text) => text.replace('"schema": 1', '"schema": 99'));
    await expect(readModel(place())).rejects.toMatchObject({
      code: 'newer',
      message: expect.stringContaining('update scriptgen') as string,
    });
  });

  test.each(['model.json', 'tcp-2121.json'])('when %s is cut off', async (file) => {
    await change(file, (text) => text.slice(0, -20));
    await expect(readModel(place())).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining(file) as string,
    });
  });

  test('when a byte of a service has changed', async () => {
    await change('tcp-2121.json', (text) => text.replace('HELLO', 'HELLP'));
    await expect(readModel(place())).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining('tcp-2121.json') as string,
    });
  });

  test('when a literal has changed or is gone', async () => {
    const [hash = ''] = await readdir(path.join(place(), 'literals'));
    await change(`literals/${hash}`, (text) => `${text}!`);
    await expect(readModel(place())).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining(hash) as string,
    });
    await rm(path.join(place(), 'literals', hash));
    await expect(readModel(place())).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining('missing') as string,
    });
  });

  test('when a file name in the index leads out of the folder', async () => {
    await change('model.json', (text) => text.replace('tcp-2121.json', '../tcp-2121.json'));
    await expect(readModel(place())).rejects.toMatchObject({ code: 'damaged' });
  });

  test('when a transition leads nowhere', async () => {
    const model = tinyModel({});
    const [service] = model.services;
    if (service === undefined) throw new Error('no service');
    const states = service.states.map((state) => ({ ...state, transitions: [{ class: 0, to: 7, samples: 1 }] }));
    await writeModel(place(), { ...model, services: [{ ...service, states }] });
    await expect(readModel(place())).rejects.toMatchObject({
      message: expect.stringContaining('states[0].transitions[0].to') as string,
    });
  });
});

test('something else is not overwritten', async () => {
  await writeFile(path.join(folder, 'letter.txt'), 'dear');
  await expect(writeModel(folder, tinyModel({}))).rejects.toMatchObject({ code: 'occupied' });
  await expect(writeModel(path.join(folder, 'letter.txt'), tinyModel({}))).rejects.toMatchObject({ code: 'occupied' });
  expect(await readdir(folder)).toEqual(['letter.txt']);
});

test('an older model is brought forward step by step', () => {
  const steps = new Map([
    [1, (m: Loose): Loose => ({ ...m, a: 1 })],
    [2, (m: Loose): Loose => ({ ...m, b: m['a'] })],
  ]);
  expect(migrate({ schema: 1 }, 1, steps, 3)).toEqual({ schema: 3, a: 1, b: 1 });
  expect(() => migrate({ schema: 1 }, 1, new Map(), 2)).toThrow('never released');
});

test('many writers at once leave one whole model', async () => {
  const place = path.join(folder, 'm');
  const models: Model[] = Array.from({ length: 8 }, (_, i) => tinyModel({ greeting: new Uint8Array(1500).fill(i) }));
  await Promise.all(models.map((model) => writeModel(place, model)));
  expect(models).toContainEqual(await readModel(place));
  expect(await readdir(folder)).toEqual(['m']);
});
