#!/usr/bin/env node
// The experiment of the 2006 paper, through the loop itself: one kind of session (an attack) is left out of training;
// the emulator serves with the real server behind it and a state folder. k sessions of that kind come, each from a
// source of its own, and are handed over; the server refines its model by itself. Then the real server is stopped, and
// sessions that say other things are played against what is left: the emulator alone. Writes docs/loop.md and
// docs/loop.svg.
//
//   npm run judge:loop -- [options]              needs root and the testbed's packages, as npm run judge does
//
//   --protocols a,b   which of lib/left-out.mjs, each with its kind   (default exploit)
//   --kind K          leave out this kind instead                     (with one protocol)
//   --samples a,b     sessions after which the server is to learn     (default 1,2,3,5,10,20,50)
//   -n N              test sessions for each                          (default 20)
//   --train N         sessions to learn from before                   (default 50)
//   --keep DIR        captures, models, states and logs are kept there; captures that are there are used again
//   --json FILE       the results there too; those of other protocols in it stay
//   --from FILE       judges nothing: writes the documents from an earlier run's --json
//   --out NAME        docs/NAME.md and docs/NAME.svg                  (default loop); a path with a slash is taken as it is
//
// TESTBED names the folder of the testbed.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { kindsOf, merged, play, record, writeDocuments } from './lib/left-out.mjs';
import { pause, run } from './lib/processes.mjs';
import { folderFor, prepare, snapshot } from './lib/project.mjs';
import { dim } from './lib/say.mjs';
import { EMULATED, lastLine, learn, openStage, REAL } from './lib/testbed.mjs';
import { list, numbers, options } from './lib/usage.mjs';

/** The seeds of the sessions that teach are far from those of the sessions that test. */
const TEACHING = 1001;
/** Milliseconds for the server to have learned and to serve what it has. */
const PATIENCE = 60_000;

const said = options(import.meta.url, {
  protocols: { type: 'string', default: 'exploit' },
  kind: { type: 'string' },
  samples: { type: 'string', default: '1,2,3,5,10,20,50' },
  n: { type: 'string', short: 'n', default: '20' },
  train: { type: 'string', default: '50' },
  keep: { type: 'string' },
  json: { type: 'string' },
  from: { type: 'string' },
  out: { type: 'string', default: 'loop' },
});
const count = Number(said.n);

/** What a state folder holds. */
async function eventsOf(command, state, ...more) {
  const asked = await run(process.execPath, [command, 'events', state, '--json', ...more]);
  if (asked.code !== 0) throw new Error(`events ended with ${asked.code}: ${lastLine(asked.err)}`);
  return JSON.parse(asked.out);
}

/** Waits until the server has refined its model and serves it; false: it has not. */
async function learned(command, state, server) {
  for (const late = Date.now() + PATIENCE; Date.now() < late; await pause(300)) {
    const { events } = await eventsOf(command, state, '--kind', 'refined');
    if (events.some(({ version }) => version !== null) && /"version"|version \d/.test(server.heard)) return true;
    if (events.some(({ version }) => version === null)) return false;
  }
  return false;
}

/** The loop once: k sessions teach, then `count` sessions test. */
async function once(stage, { protocol, kind, command, base, folder, k }) {
  const [model, state, log] = ['model', 'state', 'log'].map((name) => join(folder, `${protocol}.${kind}.${name}-${k}`));
  for (const path of [model, state, log]) rmSync(path, { recursive: true, force: true });
  await learn({ command, capture: base, model });
  const real = await stage.real(protocol);
  const options = ['--backend', REAL, '--backend-from', EMULATED, '--state', state, '--refine-after', `${k}`];
  const server = await stage.emulator({ command, model, options: [...options, '--json', '--log', log] });
  try {
    const from = { kinds: [kind], target: EMULATED };
    const taught = await play(stage, protocol, { ...from, count: k, first: TEACHING });
    const hasLearned = await learned(command, state, server);
    const { activities } = await eventsOf(command, state, '--activities', '--kind', 'new');
    const { events } = await eventsOf(command, state, '--kind', 'hand-over');
    await real.stop();
    const { passed, failures } = await play(stage, protocol, { ...from, count });
    if (server.gone !== undefined) throw new Error(`serve ended with ${server.gone}: ${lastLine(server.said)}`);
    return {
      k,
      passed,
      failure: failures[0] ?? '',
      taught: taught.passed,
      handedOver: new Set(events.filter(({ step }) => step === 'relays').map(({ source }) => source)).size,
      activities: activities.map((each) => ({ count: each.count, sources: each.sources })),
      learned: hasLearned,
    };
  } finally {
    await server.stop();
    await real.stop();
  }
}

async function judge(protocol, command, folder) {
  const result = { protocol, kind: said.kind ?? '', scores: [], why: '' };
  const stage = openStage(`loop-${process.pid}-${protocol}`);
  try {
    const { kind, known } = kindsOf(protocol, said.kind);
    result.kind = kind;
    const base = join(folder, `${protocol}.${kind}.base.pcap`);
    await record(stage, protocol, known, Number(said.train), base);
    for (const k of numbers(said.samples)) {
      const score = await once(stage, { protocol, kind, command, base, folder, k });
      result.scores.push(score);
      const { passed, taught, handedOver, activities } = score;
      const groups = `${activities.length} new activities (${activities.map((a) => `${a.count} by ${a.sources}`).join('; ')})`;
      console.log(
        `${protocol}, ${kind}: ${taught}/${k} passed with the real server behind, ${handedOver} handed over, ${groups}; then ${passed}/${count} alone`,
      );
      if (score.failure !== '') console.log(dim(`    ${score.failure}`));
    }
  } catch (error) {
    result.why = error.message;
    console.log(`${protocol}: ${error.message}`);
  } finally {
    await stage.close();
  }
  return result;
}

async function measure() {
  prepare({ say: (text) => console.error(dim(text)) });
  const command = snapshot();
  const folder = folderFor('loop', said.keep);
  const results = [];
  for (const protocol of list(said.protocols)) results.push(await judge(protocol, command, folder));
  return { date: new Date().toISOString(), sessions: count, results };
}

const outcome =
  said.from === undefined ? merged(await measure(), said.json) : JSON.parse(readFileSync(said.from, 'utf8'));
const sum = (numbers) => numbers.reduce((all, n) => all + n, 0);
writeDocuments(outcome, {
  out: said.out,
  title: 'From the first attack to knowing it',
  about: `One kind of session is left out of training. The emulator has the real server as its backend and a state folder (\`serve --backend --state --refine-after k\`). Real clients play _k_ sessions of that kind, each from an address of its own; they are handed over, and the server learns from them by itself. Then the real server is stopped, and ${outcome.sessions} sessions of that kind, with other names, lengths and payloads, are played against the emulator alone. The number over a column is _k_. The 2006 paper needs 50 samples for its exploit.

- _through the hand-over_: of all sessions that taught, those in which the client got what the real server would have given it.
- _new activities_: for each _k_ how many were reported. One means that the first session raised an alert, and all others were counted as more of the same.`,
  by: 'npm run judge:loop',
  chart:
    'Share of real client sessions of a new kind passed by the emulator alone, by the number of sessions that taught',
  columns: [
    ['through the hand-over', (r) => `${sum(r.scores.map((s) => s.taught))}/${sum(r.scores.map((s) => s.k))}`],
    ['new activities', (r) => [...new Set(r.scores.map((s) => s.activities.length))].sort().join(', ')],
  ],
});
