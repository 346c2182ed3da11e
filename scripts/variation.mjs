#!/usr/bin/env node
// Time-independence: does the emulator vary where the real server varies? The same client sessions (same seeds) are
// played twice against both, and by two clients at once; all is recorded. A field is a longest run of bytes of an
// answer that differ between the two plays. frozen: the real server says it otherwise the second time, the emulator
// does not; jittery: the other way round. Writes docs/variation.md.
//
//   npm run variation -- [options]               needs root and the testbed's packages, as npm run judge does
//
//   --protocols a,b   only these                          (default: all that the testbed has)
//   -n N              sessions, the testbed's test seeds 1…N (default 8)
//   --pause S         seconds between the two plays       (default 2)
//   --no-pairs        not two clients at once
//   --show            prints every field that disagrees, not only the first five of a protocol
//   --keep DIR        keeps the recordings and models there
//   --captures DIR    compares the recordings that --keep left there, plays nothing
//   --out FILE        writes there                        (default docs/variation.md)
//
// TESTBED and TESTBED_CAPTURES name the folders of the testbed and of its captures.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareVariation, likeness } from './lib/fields.mjs';
import { pause } from './lib/processes.mjs';
import { at, folderFor, prepare, snapshot } from './lib/project.mjs';
import { variationReport } from './lib/report.mjs';
import { dim, green, red, yellow } from './lib/say.mjs';
import { about, captureOf, EMULATED, learn, openStage, protocols, REAL } from './lib/testbed.mjs';
import { list, options } from './lib/usage.mjs';

const said = options(import.meta.url, {
  protocols: { type: 'string' },
  n: { type: 'string', short: 'n', default: '8' },
  pause: { type: 'string', default: '2' },
  'no-pairs': { type: 'boolean', default: false },
  show: { type: 'boolean', default: false },
  keep: { type: 'string' },
  captures: { type: 'string' },
  out: { type: 'string', default: at('docs', 'variation.md') },
});
const seeds = Array.from({ length: Number(said.n) }, (_, i) => i + 1);
/** Answers less alike than this are other answers: there is no field to compare. */
const ALIKE = 0.5;

/** One play of all seeds, recorded; with `clients` at once for each seed. */
async function play(stage, protocol, target, file, clients) {
  const recording = await stage.record(file);
  const session = (seed) =>
    stage.testbed(['judge', protocol, '-n', '1', '--first', `${seed}`, '--target', target], { timeout: 60_000 });
  for (const seed of seeds) await Promise.all(Array.from({ length: clients }, () => session(seed)));
  await recording.stop();
}

async function playAll(protocol, command, folder) {
  const stage = openStage(`variation-${process.pid}-${protocol}`);
  const plays = async (target, who) => {
    await play(stage, protocol, target, join(folder, `${protocol}-${who}-1.pcap`), 1);
    await pause(Number(said.pause) * 1000);
    await play(stage, protocol, target, join(folder, `${protocol}-${who}-2.pcap`), 1);
    if (!said['no-pairs']) await play(stage, protocol, target, join(folder, `${protocol}-${who}-pair.pcap`), 2);
  };
  try {
    const server = await stage.real(protocol);
    await plays(REAL, 'real');
    await server.stop();
    const model = join(folder, `${protocol}.model`);
    await learn({ command, capture: captureOf(protocol), model });
    await stage.emulator({ command, model });
    await plays(EMULATED, 'ours');
  } finally {
    await stage.close();
  }
}

const { readSessions, newReport } = await import(at('dist', 'capture', 'index.js')).catch(() => {
  prepare({ say: (text) => console.error(dim(text)) });
  return import(at('dist', 'capture', 'index.js'));
});

/** Answers of a session: all that the server says between two requests. */
function answersOf({ messages }) {
  const answers = [[]];
  for (const { from, bytes } of messages) {
    if (from === 'server') answers.at(-1).push(Buffer.from(bytes));
    else if (answers.at(-1).length > 0 || answers.length === 1) answers.push([]);
  }
  return answers.map((parts) => Buffer.concat(parts));
}

/** The sessions of a recording by who was the client and which service it was; ports made up by the server are one. */
async function sessionsIn(file, protocol) {
  const known = new Set(about(protocol).ports);
  const found = new Map();
  if (!existsSync(file)) return found;
  const sessions = [];
  for await (const session of readSessions([file], newReport())) sessions.push(session);
  for (const session of sessions.filter(({ outcome }) => outcome === 'complete').sort((a, b) => a.start - b.start)) {
    const service = `${session.transport}/${session.server.port}`;
    const key = `${session.client.address} ${known.has(service) ? service : session.transport}`;
    found.set(key, [...(found.get(key) ?? []), answersOf(session)]);
  }
  return found;
}

/** Pairs of plays of the same session: [[answers, answers], …] by client and service. */
async function pairsOf(folder, protocol, who, together) {
  if (together) {
    const both = await sessionsIn(join(folder, `${protocol}-${who}-pair.pcap`), protocol);
    for (const [key, all] of both)
      both.set(
        key,
        all.flatMap((first, i) => (i % 2 === 0 && i + 1 < all.length ? [[first, all[i + 1]]] : [])),
      );
    return both;
  }
  const first = await sessionsIn(join(folder, `${protocol}-${who}-1.pcap`), protocol);
  const second = await sessionsIn(join(folder, `${protocol}-${who}-2.pcap`), protocol);
  const pairs = new Map();
  for (const [key, all] of first) {
    const others = second.get(key) ?? [];
    pairs.set(
      key,
      all.flatMap((answers, i) => (others[i] === undefined ? [] : [[answers, others[i]]])),
    );
  }
  return pairs;
}

/**
 * What is compared with each other: answer by answer; over TCP all that the server said in a session where the plays do
 * not have as many answers, or say the same in all: a client that types, and a server that answers letter by letter,
 * part it by chance.
 */
function unitsOf(pair, own, stream) {
  const plays = [...pair, ...(own ?? [])];
  const [asked, given] = [pair, own].map((two) => two?.map((answers) => Buffer.concat(answers)));
  const uneven = plays.some(({ length }) => length !== pair[0].length);
  if (stream && given !== undefined && (uneven || asked[0].equals(asked[1])))
    return [{ asked, given, what: 'all answers' }].filter(() => asked[0].length > 0);
  return pair[0]
    .map((first, n) => ({
      asked: [first, pair[1][n] ?? Buffer.alloc(0)],
      given: own?.map((answers) => answers[n]),
      what: `answer ${n}`,
    }))
    .filter(({ asked }) => asked.some(({ length }) => length > 0));
}

async function compare(folder, protocol, together) {
  const sum = { answers: 0, apart: 0, agreed: 0, frozen: [], jittery: [] };
  const real = await pairsOf(folder, protocol, 'real', together);
  const ours = await pairsOf(folder, protocol, 'ours', together);
  for (const [key, theirs] of real) {
    theirs.forEach((pair, i) => {
      const own = ours.get(key)?.[i];
      for (const { asked, given, what } of unitsOf(pair, own, key.includes(' tcp'))) {
        sum.answers++;
        const comparable = given !== undefined && likeness(asked[0], given[0]) >= ALIKE;
        if (!comparable || likeness(...asked) < ALIKE) {
          sum.apart++;
          continue;
        }
        const found = compareVariation(asked, given);
        sum.agreed += found.agreed;
        for (const kind of ['frozen', 'jittery'])
          for (const field of found[kind])
            sum[kind].push({
              ...field,
              before: asked[0].subarray(Math.max(0, field.at - 12), field.at),
              where: `${key}, ${what}`,
            });
      }
    });
  }
  return sum;
}

const shown = (bytes) =>
  JSON.stringify(bytes.subarray(0, 40).toString('latin1')).replace(
    /[\u007f-\u00a0\u00ad]/g,
    (c) => `\\u00${c.charCodeAt(0).toString(16)}`,
  );

prepare({ say: (text) => console.error(dim(text)) });
const command = snapshot();
const folder = said.captures ?? folderFor('variation', said.keep);
const results = [];
for (const protocol of list(said.protocols) ?? protocols()) {
  const result = { protocol, why: '' };
  try {
    if (said.captures === undefined) await playAll(protocol, command, folder);
    result.again = await compare(folder, protocol, false);
    if (!said['no-pairs']) result.together = await compare(folder, protocol, true);
  } catch (error) {
    result.why = error.message;
  }
  results.push(result);
  for (const [what, sum] of Object.entries({ twice: result.again, 'at once': result.together })) {
    if (sum === undefined) continue;
    const wrong = sum.frozen.length + sum.jittery.length;
    const line = `${protocol}, ${what}: ${sum.agreed} fields vary at both, ${sum.frozen.length} frozen, ${sum.jittery.length} jittery (${sum.apart} of ${sum.answers} answers are others)`;
    console.log((wrong === 0 ? green : yellow)(line));
    const fields = ['frozen', 'jittery'].flatMap((kind) => sum[kind].map((field) => ({ kind, ...field })));
    for (const { kind, before, real, ours, at: place, where } of said.show ? fields : fields.slice(0, 5))
      console.log(
        dim(`    ${kind}, byte ${place}, behind ${shown(before)}: real ${shown(real)}, ours ${shown(ours)} (${where})`),
      );
  }
  if (result.why !== '') console.log(red(`${protocol}: ${result.why}`));
}
const text = variationReport({ date: new Date().toISOString(), sessions: seeds.length, results, shown });
writeFileSync(said.out, text);
console.log(`\n${text}`);
