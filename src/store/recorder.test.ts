/** A server on real sockets, with a real database behind its log: what is there afterwards. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tinyModel } from '../../tests/helpers/models.js';
import { eventually } from '../../tests/helpers/patience.js';
import { HOST, all, cleanUp, connect, serve, some } from '../../tests/helpers/sockets.js';
import { toLatin1 } from '../bytes/bytes.js';
import type { Alert, ServeEvent } from '../events/index.js';
import type { RunningServer } from '../net/index.js';
import { Recorder, State } from './index.js';
import type { Bounds } from './index.js';

let folder: string;
let recorder: Recorder | undefined;
let alerts: Alert[];
let faults: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'scriptgen-state-'));
  alerts = [];
  faults = [];
});

afterEach(async () => {
  await cleanUp();
  recorder?.close();
  recorder = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function record(bounds: Partial<Bounds> = {}): Promise<RunningServer> {
  const listeners = { alert: (alert: Alert) => alerts.push(alert), fault: (message: string) => faults.push(message) };
  recorder = await Recorder.open(folder, tinyModel({}).services, listeners, bounds);
  return serve(null, { log: recorder.log });
}

/** Says lines, each after the answer to the one before where there is one. */
async function say(server: RunningServer, ...lines: string[]): Promise<void> {
  const socket = await connect(server);
  await some(socket);
  for (const line of lines) {
    socket.write(line, 'latin1');
    await (line.startsWith('HELLO') ? some(socket) : sleep(15));
  }
  socket.end();
  await all(socket);
}

/** Looks at the folder while the server is still at work. */
async function look<T>(what: (state: State) => T): Promise<T> {
  const state = await State.open(folder);
  try {
    return what(state);
  } finally {
    state.close();
  }
}

const dialogue = (state: State): string[][] =>
  [...state.recordings()].map(({ session }) =>
    session.messages.map(({ from, bytes }) => `${from === 'client' ? 'C' : 'S'}: ${toLatin1(bytes)}`),
  );

describe('an unknown request', () => {
  test('is on the disk, with its conversation so far, before the server acts on it', async () => {
    const server = await record();
    const seen: Promise<{ events: number; said: string[][] }>[] = [];
    const log = recorder?.log ?? (() => undefined);
    const second = await serve(null, {
      log: (event: ServeEvent) => {
        log(event);
        if (event.event !== 'note' || event.note.kind !== 'unknown') return;
        seen.push(look((state) => ({ events: [...state.events()].length, said: dialogue(state) })));
      },
    });
    expect(server.addresses).toHaveLength(1);
    await say(second, 'HELLO dave\r\n', 'SHUTDOWN now\r\n');
    expect(await Promise.all(seen)).toEqual([
      { events: 1, said: [['S: ready\r\n', 'C: HELLO dave\r\n', 'S: hi dave\r\n', 'C: SHUTDOWN now\r\n']] },
    ]);
  });

  test('is told with its path, its bytes, and the nearest known request', async () => {
    const server = await record();
    await say(server, 'HELLO dave\r\n', 'SHUTDOWN now\r\n');
    expect(alerts).toEqual([
      expect.objectContaining({
        event: 'unknown request',
        severity: 'alert',
        service: 'tcp/2121',
        source: HOST,
        path: [1],
      }),
    ]);
    const events = await look((state) => [...state.events({ kind: 'unknown request' })]);
    const alert = events[0]?.alert;
    if (alert?.event !== 'unknown request') throw new Error('no such event');
    expect(toLatin1(alert.request)).toBe('SHUTDOWN now\r\n');
    expect(alert.nearest?.why).toMatch(/F\("HELLO "\) is missing at byte 0, where "SHUTDOWN now/);
  });

  test('that comes a thousand times with other contents is one activity, and is known after a restart', async () => {
    const server = await record();
    const random = (n: number): string =>
      Array.from({ length: n }, () => 'abcdefghijklmnopqrstuvwxyz 0123456789'[Math.floor(Math.random() * 37)]).join('');
    for (let round = 0; round < 20; round++)
      await Promise.all(
        Array.from({ length: 50 }, (_, i) => say(server, `EXECUTE ${random(3 + ((i * 7) % 60))} ${random(5)}\r\n`)),
      );
    await eventually(async () => {
      const activities = await look((state) => state.activities({ kind: 'new' }));
      expect(activities.map(({ count, sources }) => [count, sources])).toEqual([[1000, 1]]);
    });
    expect(alerts.filter(({ severity }) => severity === 'alert')).toHaveLength(1);
    await cleanUp();
    recorder?.close();

    alerts = [];
    await say(await record(), 'EXECUTE order 66\r\n');
    expect(alerts.map(({ severity }) => severity)).toEqual(['warning']);
    const count = () => look((state) => state.activities({ kind: 'new' }).map((activity) => activity.count));
    await eventually(async () => expect(await count()).toEqual([1001]));
  });

  test('of another kind is another activity', async () => {
    const server = await record();
    await say(server, 'SHUTDOWN now\r\n');
    await say(server, 'UPLOAD /tmp/x 3 abc\r\n');
    await say(server, '\x01\x02\x00\x00\x00\x07payload');
    expect(new Set(alerts.map((alert) => ('activity' in alert ? alert.activity : ''))).size).toBe(3);
  });
});

describe('what is kept', () => {
  test('of known sessions is who did what, and nothing of what they said', async () => {
    const server = await record();
    await say(server, 'HELLO a\r\n');
    await say(server, 'HELLO b\r\n', 'HELLO c\r\n', 'HELLO d\r\n');
    await eventually(async () => {
      const [activities, said] = await look((state) => [state.activities(), dialogue(state)]);
      expect(activities).toEqual([expect.objectContaining({ kind: 'known', path: [1], count: 2 })]);
      expect(said).toEqual([]);
    });
    expect(alerts).toEqual([]);
  });

  test('a conversation is found by its activity, as sessions that can be learned from', async () => {
    const server = await record();
    await say(server, 'HELLO dave\r\n', 'SHUTDOWN now\r\n');
    await eventually(async () => {
      const [activity] = await look((state) => state.activities({ kind: 'new' }));
      const sessions = await look((state) => state.conversationsOf(activity?.id ?? ''));
      expect(sessions).toEqual([
        expect.objectContaining({ transport: 'tcp', outcome: 'complete', close: { by: 'client', how: 'fin' } }),
      ]);
      expect(sessions[0]?.server.port).toBe(2121);
    });
  });

  test('other sessions of the same source belong to the conversation', async () => {
    const server = await record();
    const other = await connect(server);
    await some(other);
    await say(server, 'SHUTDOWN now\r\n');
    other.write('HELLO me\r\n');
    await some(other);
    other.end();
    await all(other);
    await say(server, 'HELLO again\r\n');
    await eventually(async () => {
      const facts = await look((state) => [...state.recordings()].map((each) => each.facts));
      expect(facts.map(({ conversation, whole }) => [conversation, whole])).toEqual([
        [1, 'whole'],
        [1, 'whole'],
        [1, 'whole'],
      ]);
    });
  });

  test('of a session that said too much is marked as cut', async () => {
    const server = await record({ heldOfSession: 2000 });
    await say(server, ...Array.from({ length: 20 }, (_, i) => `HELLO ${'x'.repeat(100)}${i}\r\n`), 'SHUTDOWN now\r\n');
    const whole = () => look((state) => [...state.recordings()].map(({ facts }) => facts.whole));
    await eventually(async () => expect(await whole()).toEqual(['cut by a bound']));
  });

  test('is bounded: the oldest conversations go first, and are counted', async () => {
    const server = await record({ size: 400_000 });
    for (let i = 0; i < 30; i++) await say(server, `SHUTDOWN ${'x'.repeat(20_000)}\r\n`);
    await eventually(async () => {
      const { counters, kept } = await look((state) => ({
        counters: state.counters(),
        kept: [...state.recordings()].map(({ facts }) => facts.conversation),
      }));
      expect(counters['conversations rotated']).toBeGreaterThan(0);
      expect(alerts.some(({ event }) => event === 'rotated')).toBe(true);
      expect(kept).not.toContain(1);
    });
  });
});

describe('a state folder', () => {
  const cases = [
    ['is not there', 'missing', /holds no state/],
    ['is another program’s', 'foreign', /another program/],
    ['is newer', 'newer', /newer scriptgen/],
    ['is damaged', 'damaged', /is damaged .*; move it away/],
  ] as const;
  test.each(cases)('that %s is refused with the mend', async (_, code, sentence) => {
    const { Sql } = await import('./sqlite.js');
    const file = path.join(folder, 'state.db');
    if (code === 'damaged') await writeFile(file, 'not a database at all '.repeat(500));
    else if (code !== 'missing') {
      const sql = await Sql.open(file);
      sql.exec('CREATE TABLE t (a)');
      if (code === 'newer') sql.exec(`PRAGMA application_id = 1936159604; PRAGMA user_version = 99`);
      sql.close();
    }
    await expect(State.open(folder)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(sentence) as string,
    });
    if (code === 'missing') return;
    await expect(Recorder.open(folder, [])).rejects.toMatchObject({ code });
  });

  test('has one server at a time', async () => {
    await record();
    await expect(Recorder.open(folder, [])).rejects.toMatchObject({ code: 'locked' });
  });

  test('that can not be written does not stop the server, and says so once', async () => {
    const server = await record();
    await say(server, 'HELLO a\r\n');
    const { Sql } = await import('./sqlite.js');
    const other = await Sql.open(path.join(folder, 'state.db'));
    other.exec('DROP TABLE messages');
    other.close();
    await say(server, 'SHUTDOWN now\r\n');
    await say(server, 'HELLO b\r\n');
    expect(faults).toHaveLength(1);
  });
});
