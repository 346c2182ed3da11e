#!/usr/bin/env node
// Time-independence: does the emulator vary where the real server varies? The same client sessions (same seeds) are
// played several times against both at the same moments, one after the other and by two clients at once; all is
// recorded. What is compared, and what counts as frozen and as jittery, is in lib/fields.mjs. Writes docs/variation.md.
//
//   npm run variation -- [options]               needs root and the testbed's packages, as npm run judge does
//
//   --protocols a,b   only these                          (default: all that the testbed has)
//   -n N              sessions, the testbed's test seeds 1…N (default 8)
//   --pairs N         pairs of plays of each session      (default 4)
//   --no-at-once      not two clients at once
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
  pairs: { type: 'string', default: '4' },
  'no-at-once': { type: 'boolean', default: false },
  show: { type: 'boolean', default: false },
  keep: { type: 'string' },
  captures: { type: 'string' },
  out: { type: 'string', default: at('docs', 'variation.md') },
});
const seeds = Array.from({ length: Number(said.n) }, (_, i) => i + 1);
const pairCount = Number(said.pairs);
/** How a session is played twice, and how many rounds make so many pairs: one after the other, each round but the first ends one. */
const WAYS = {
  again: { clients: 1, rounds: pairCount + 1 },
  together: { clients: 2, rounds: pairCount },
};
const ways = Object.entries(WAYS).filter(([way]) => way !== 'together' || !said['no-at-once']);
/** Answers less alike than this are other answers: there is no field to compare. */
const ALIKE = 0.5;

const recordingOf = (folder, protocol, who, way, round) => join(folder, `${protocol}-${who}-${way}-${round}.pcap`);

/** Resolves at the beginning of a second: a clock of seconds then ticks in the same place of every play, if its machine keeps pace. */
const nextSecond = () => pause(1000 - (Date.now() % 1000));

/** One round: all seeds, by so many clients at once, against both servers at the same moments. */
async function playRound(protocol, sides, file, clients) {
  const recordings = await Promise.all(sides.map(({ stage, who }) => stage.record(file(who))));
  for (const seed of seeds) {
    await nextSecond();
    const session = ({ stage, target }) =>
      stage.testbed(['judge', protocol, '-n', '1', '--first', `${seed}`, '--target', target], { timeout: 60_000 });
    await Promise.all(sides.flatMap((side) => Array.from({ length: clients }, () => session(side))));
  }
  await Promise.all(recordings.map((recording) => recording.stop()));
}

async function playAll(protocol, command, folder) {
  const model = join(folder, `${protocol}.model`);
  await learn({ command, capture: captureOf(protocol), model });
  const sides = [
    { who: 'real', target: REAL },
    { who: 'ours', target: EMULATED },
  ].map((side) => ({ ...side, stage: openStage(`variation-${process.pid}-${side.who}-${protocol}`) }));
  try {
    await sides[0].stage.real(protocol);
    await sides[1].stage.emulator({ command, model });
    for (const [way, { clients, rounds }] of ways)
      for (let round = 0; round < rounds; round++)
        await playRound(protocol, sides, (who) => recordingOf(folder, protocol, who, way, round), clients);
  } finally {
    await Promise.all(sides.map(({ stage }) => stage.close()));
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

/**
 * The pairs of plays of each session, by client, service and place: [[answers, answers], …]. One after the other, each
 * play is paired with the next one; at once, with that of the other client.
 */
async function pairsOf(folder, protocol, who, way) {
  const { clients, rounds } = WAYS[way];
  const plays = [];
  for (let round = 0; round < rounds; round++)
    plays.push(await sessionsIn(recordingOf(folder, protocol, who, way, round), protocol));
  const pairs = new Map();
  for (const key of plays[0].keys()) {
    const rows = plays.map((play) => play.get(key) ?? []);
    const most = Math.max(...rows.map(({ length }) => length));
    for (let i = 0; i < most; i += clients) {
      const found =
        clients === 1 ? rows.slice(1).map((row, r) => [rows[r][i], row[i]]) : rows.map((row) => [row[i], row[i + 1]]);
      pairs.set(
        `${key} ${i / clients}`,
        found.filter((pair) => pair.every((play) => play !== undefined)),
      );
    }
  }
  return pairs;
}

/**
 * What is compared with each other: answer by answer; over TCP all that the server said in a session where the plays do
 * not have as many answers, or say the same in all: a client that types, and a server that answers letter by letter,
 * part it by chance.
 */
function unitsOf(real, ours, stream) {
  const plays = [...real, ...ours].flat();
  const count = real[0][0].length;
  const whole = (pairs) => pairs.map((pair) => pair.map((answers) => Buffer.concat(answers)));
  const uneven = plays.some(({ length }) => length !== count);
  if (stream && (uneven || whole(real).every(([one, other]) => one.equals(other))))
    return [{ real: whole(real), ours: whole(ours), what: 'all answers' }].filter(({ real }) => real[0][0].length > 0);
  const nth = (pairs, n) => pairs.map((pair) => pair.map((answers) => answers[n] ?? Buffer.alloc(0)));
  return Array.from({ length: count }, (_, n) => ({
    real: nth(real, n),
    ours: nth(ours, n),
    what: `answer ${n}`,
  })).filter(({ real }) => real.flat().some(({ length }) => length > 0));
}

const alike = (one, other) => likeness(one, other) >= ALIKE;
const alikeInPairs = (pairs) => pairs.every((pair) => alike(...pair) && alike(pairs[0][0], pair[0]));

async function compare(folder, protocol, way) {
  const sum = { answers: 0, apart: 0, own: 0, agreed: 0, chance: 0, frozen: [], jittery: [] };
  const real = await pairsOf(folder, protocol, 'real', way);
  const ours = await pairsOf(folder, protocol, 'ours', way);
  for (const [key, theirs] of real) {
    const own = ours.get(key) ?? [];
    if (theirs.length === 0) continue;
    for (const unit of unitsOf(theirs, own, key.includes(' tcp'))) {
      sum.answers++;
      if (!alikeInPairs(unit.real)) sum.own++;
      else if (own.length === 0 || !alike(unit.real[0][0], unit.ours[0][0]) || !alikeInPairs(unit.ours)) sum.apart++;
      else {
        const found = compareVariation(unit.real, unit.ours, pairCount);
        sum.agreed += found.agreed;
        sum.chance += found.chance;
        for (const kind of ['frozen', 'jittery'])
          for (const field of found[kind])
            sum[kind].push({
              ...field,
              before: unit.real[0][0].subarray(Math.max(0, field.at - 12), field.at),
              where: `${key.replace(/ \d+$/, '')}, ${unit.what}`,
            });
      }
    }
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
    for (const [way] of ways) result[way] = await compare(folder, protocol, way);
  } catch (error) {
    result.why = error.message;
  }
  results.push(result);
  for (const [what, sum] of Object.entries({ twice: result.again, 'at once': result.together })) {
    if (sum === undefined) continue;
    const wrong = sum.frozen.length + sum.jittery.length;
    const line = `${protocol}, ${what}: ${sum.agreed} fields vary at both, ${sum.chance} now and then, ${sum.frozen.length} frozen, ${sum.jittery.length} jittery (of ${sum.answers} answers ${sum.own} are others at the real server, ${sum.apart} at the emulator)`;
    console.log((wrong === 0 ? green : yellow)(line));
    const fields = ['frozen', 'jittery'].flatMap((kind) => sum[kind].map((field) => ({ kind, ...field })));
    for (const { kind, before, real, ours, at: place, where, times } of said.show ? fields : fields.slice(0, 5))
      console.log(
        dim(
          `    ${kind}, byte ${place}, behind ${shown(before)}: real ${shown(real)}, ours ${shown(ours)} (${where}; varies in ${times.join(' and ')} pairs)`,
        ),
      );
  }
  if (result.why !== '') console.log(red(`${protocol}: ${result.why}`));
}
const text = variationReport({
  date: new Date().toISOString(),
  sessions: seeds.length,
  pairs: pairCount,
  results,
  shown,
});
writeFileSync(said.out, text);
console.log(`\n${text}`);
