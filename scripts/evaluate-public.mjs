#!/usr/bin/env node
// Cross-validates over every public capture beside the project with at least ten conversations in its main
// service, and writes the table docs/evaluate.md: what is learned beside replaying the nearest recording.
//
//   npm run evaluate:public                      everything
//   npm run evaluate:public -- ftp dns           captures whose names hold one of these words; writes nothing
//   npm run evaluate:public -- --details FILE    all misses, reasons and numbers as JSON
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { at, command, prepare } from './lib/project.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string', default: at('..', 'shared', 'captures') },
    details: { type: 'string' },
    misses: { type: 'string', default: '40' },
    most: { type: 'string', default: '300' },
  },
});
const LEAST = 10;

/** The table of the collection: file and main service. */
function captures() {
  const list = join(values.folder, 'README.md');
  if (!existsSync(list)) {
    console.error(`There is no collection of captures at ${values.folder}; name it with --folder.`);
    process.exit(2);
  }
  return [...readFileSync(list, 'utf8').matchAll(/^\| `(public\/\S+)` \|[^|]*?((?:tcp|udp)\/\d+) \| (\d+) \|/gm)]
    .map(([, file, service, count]) => ({ file, service, count: Number(count) }))
    .filter(({ count }) => count >= LEAST)
    .filter(({ file }) => positionals.length === 0 || positionals.some((word) => file.includes(word)));
}

function evaluate({ file, service }) {
  const args = ['evaluate', join(values.folder, file), '--port', service, '--json', '--misses', values.misses];
  const began = performance.now();
  const done = spawnSync(process.execPath, [command, ...args, '--most', values.most], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const seconds = (performance.now() - began) / 1000;
  if (done.status !== 0) return { seconds, failure: done.stderr.trim() };
  return { seconds, result: JSON.parse(done.stdout).services[0] };
}

const share = (part, whole) => (whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)}`);
const escape = (text) => text.replaceAll('|', '\\|');

function cells(score) {
  return [share(score.exact, score.answers), share(score.exactOrVarying, score.answers), score.similarity.toFixed(3)];
}

prepare();
const rows = [];
const details = [];
for (const capture of captures()) {
  process.stderr.write(`${capture.file} … `);
  const { result, failure, seconds } = evaluate(capture);
  process.stderr.write(`${seconds.toFixed(0)} s\n`);
  const name = capture.file.replace(/^public\/|\.pcap(ng)?$/g, '');
  details.push({ ...capture, seconds, failure, result });
  if (failure !== undefined) {
    rows.push([name, capture.service, failure]);
    continue;
  }
  const { columns, sessions, usable, foldedBy, reasons } = result;
  const learned = columns.learned;
  const rival = columns['nearest recording'];
  const behind = learned.exactOrVarying / learned.answers < rival.exactOrVarying / rival.answers - 1e-9;
  const [why] = Object.entries(reasons);
  rows.push([
    name,
    capture.service,
    sessions < usable ? `${sessions} of ${usable}` : String(sessions),
    foldedBy,
    String(learned.answers),
    ...cells(learned),
    ...cells(rival),
    String(learned.unknown),
    share(learned.toEnd, learned.sessions),
    share(result.frozen, learned.answers),
    behind ? 'behind' : '',
    why === undefined ? '' : `${why[1]} × ${why[0]}`,
  ]);
}

const head = ['capture', 'service', 'sessions', 'folded by', 'answers'];
const scores = ['exact %', 'or varying %', 'similarity', 'rival: exact %', 'or varying %', 'similarity'];
const titles = [...head, ...scores, 'unknown', 'to the end %', 'frozen %', 'rival', 'most frequent reason'];
const line = (parts) => `| ${parts.map(escape).join(' | ')} |`;
const table = [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
const text = `# Public captures, cross-validated

Written by \`npm run evaluate:public\` on ${new Date().toISOString().slice(0, 10)}.

Each capture with at least ${LEAST} conversations in its main service is dealt out to five folds: all sessions of one
source address stay together; where there are fewer than four sources, or one of them has more than half of the
sessions, sessions are dealt out one by one. The machine is learned from four folds, and the client side of the fifth
is played against the emulator in memory, at the time at which it was recorded. Of more than ${values.most} sessions, so many are drawn by lot.

- **exact**: answers that are the recorded ones, byte for byte. An answer is everything that the server says between two
  requests; what both servers leave unsaid is not counted. Over TCP, an answer that comes one request early or late
  because the client did not wait is exact when the bytes are.
- **or varying**: or exact but for bytes in which the real server itself varies: those that differ when the emulator
  answers again at another time with other random numbers, and texts of the time; lengths have to agree. An
  upper bound: a value that is computed from the request, and that the emulator makes up because it does not know how
  (a digest, say), is excused as well.
- **similarity**: twice the longest common subsequence over both lengths, for whole sessions; the mean over sessions.
- **frozen**: answers that are wrong, but only in bytes in which the real server varies by itself: there are recordings
  in which the client had said exactly the same and the server said otherwise there.
- **rival**: nothing is learned. The recorded session of the other folds whose first four requests are most like those
  asked is replayed, answer by answer. The same bytes are excused. *behind*: the rival has more answers right.
- **to the end**: sessions in which every request that was answered then is answered now, and none is unknown.

${table}
`;
if (values.details !== undefined) writeFileSync(values.details, JSON.stringify(details, null, 1));
const document = at('docs', 'evaluate.md');
if (positionals.length === 0) {
  writeFileSync(document, await format(text, { ...(await resolveConfig(document)), filepath: document }));
} else console.log(table);
