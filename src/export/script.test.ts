import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromLatin1 } from '../bytes/bytes.js';
import { tinyModel } from '../../tests/helpers/models.js';
import { makeScript } from './script.js';

const every = fromLatin1(Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join(''));
const parts = { name: 'tiny.mjs', generator: 'scriptgen 0.0.0' };

describe('the text of a script', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'scriptgen-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is ASCII and means the same bytes', () => {
    const { services } = tinyModel({ greeting: every });
    const runtime = 'process.stdout.write(JSON.stringify(SCRIPTGEN_MODEL));';
    const text = makeScript({ ...parts, services, runtime });
    expect(text).toMatch(/^[\n -~]*$/);
    const file = join(folder, 'tiny.mjs');
    writeFileSync(file, text);
    const { stdout } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
    const model = JSON.parse(stdout) as { services: { machine: string }[] };
    const machine = JSON.parse(model.services[0]?.machine ?? '') as {
      states: { answer: { pieces: { bytes: string }[] }[] }[];
    };
    const bytes = machine.states[0]?.answer[0]?.pieces[0]?.bytes ?? '';
    expect(Buffer.from(bytes.slice(2), 'hex')).toEqual(Buffer.from(every));
  });

  it('begins with what it is and how to run it', () => {
    const { services } = tinyModel({});
    const [first, ...rest] = makeScript({ ...parts, services, runtime: '' }).split('\n');
    expect(first).toBe('#!/usr/bin/env node');
    expect(rest.slice(0, rest.indexOf(' */')).join('\n')).toBe(`/**
 * Answers in a server's place, as scriptgen 0.0.0 learned it from recorded sessions. Node 20 or newer runs
 * this file with nothing installed.
 *
 *   tcp/2121  2 states, from 3 sessions
 *
 *   node tiny.mjs --host 127.0.0.1 --port 2121
 *   node tiny.mjs --stdio
 *   node tiny.mjs --help`);
  });

  it('can not be left by its own header', () => {
    const { services } = tinyModel({});
    const text = makeScript({ ...parts, name: 'a*/b\u2028c.mjs', services, runtime: '' });
    expect(text.indexOf('*/')).toBe(text.indexOf(' */\nconst SCRIPTGEN_MODEL') + 1);
  });
});
