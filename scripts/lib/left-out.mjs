// One kind of session left out of training: the kinds that there are, their recordings, and the document that says what
// was learned of the one left out afterwards.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { lineChart } from './chart.mjs';
import { at } from './project.mjs';
import { bold, markdown } from './say.mjs';
import { lastLine } from './testbed.mjs';

/** The kinds of session of each protocol; the first one is left out of training. */
export const KINDS = {
  exploit: ['attack', 'query', 'pipe', 'share'],
  redis: ['list', 'store', 'count', 'echo'],
  ftp: ['upload', 'read', 'list', 'folder'],
  smtp: ['unknown', 'swaks', 'curl', 'two', 'relay'],
  smb2: ['put', 'shares', 'list', 'get', 'missing'],
  snmp: ['set', 'get', 'several', 'missing', 'walk', 'bulk'],
  mqtt: ['retained', 'once', 'least', 'exactly', 'version', 'echo'],
  http: ['form', 'page', 'missing', 'redirect', 'hello', 'several'],
};

/** What is left out, and what is trained. @throws where the kinds of a protocol are not known here */
export function kindsOf(protocol, wanted) {
  const [usual, ...rest] = KINDS[protocol] ?? [];
  const kind = wanted ?? usual;
  const known = [usual, ...rest].filter((name) => name !== kind);
  if (known.length === 0) throw new Error('which kinds of session it has is not known here');
  return { kind, known };
}

/** Share that is asked for, and after how many samples. */
const asked = (protocol) => (protocol === 'exploit' ? { share: 0.95, samples: 5 } : { share: 0.9, samples: 10 });

/** Training sessions of some kinds, recorded from the real server, unless the file is there. */
export async function record(stage, protocol, kinds, count, file) {
  if (existsSync(file)) return;
  const made = `${file}.part`;
  const args = ['capture', protocol, '-n', `${count}`, '--kinds', kinds.join(','), '-o', made];
  const done = await stage.testbed(args, { timeout: count * 60_000 });
  if (done.code !== 0) throw new Error(`testbed capture ended with ${done.code}: ${lastLine(done.err)}`);
  renameSync(made, file);
}

/** Test sessions of some kinds; `first` is the seed of the first one. */
export async function play(stage, protocol, { kinds, target, count, first = 1 }) {
  const args = ['judge', protocol, '-n', `${count}`, '--first', `${first}`, '--target', target];
  const judged = await stage.testbed([...args, '--kinds', kinds.join(',')], { timeout: count * 60_000 });
  const score = /: (\d+)\/(\d+) test sessions passed/.exec(judged.out);
  if (score === null) throw new Error(`testbed judge ended with ${judged.code}: ${lastLine(judged.err)}`);
  const failures = judged.out.split('\n').filter((line) => line.startsWith('  '));
  return { passed: Number(score[1]), failures: failures.map((line) => line.trim().slice(0, 200)) };
}

/** These results with those of other protocols that the file has; the file has them all then, if one is named. */
export function merged(outcome, file) {
  if (file === undefined) return outcome;
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).results : [];
  const others = before.filter((r) => outcome.results.every(({ protocol }) => protocol !== r.protocol));
  const order = Object.keys(KINDS);
  const results = [...others, ...outcome.results].sort((a, b) => order.indexOf(a.protocol) - order.indexOf(b.protocol));
  const all = { ...outcome, results };
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
  return all;
}

/**
 * Writes the table, the figure and what is around them; says them too.
 *
 * @param outcome `{ date, sessions, results: [{ protocol, kind, name, scores: [{ k, passed, failure }], why }] }`
 * @param columns more columns: `[title, (result) => text]`
 */
export function writeDocuments(outcome, { out, title, about, by, chart, columns = [] }) {
  const ks = [...new Set(outcome.results.flatMap((r) => r.scores.map((s) => s.k)))].sort((a, b) => a - b);
  const passed = (result, k) => result.scores.find((s) => s.k === k)?.passed;
  const shown = (result, k) => (passed(result, k) === undefined ? '' : `${passed(result, k)}/${outcome.sessions}`);
  const rows = outcome.results.map((r) => {
    const { share, samples: after } = asked(r.protocol);
    const p = passed(r, after);
    const reached = p === undefined ? '?' : p / outcome.sessions >= share ? 'yes' : 'no';
    return [
      r.name ?? r.protocol,
      r.kind,
      ...ks.map((k) => shown(r, k)),
      `${share * 100} % after ${after}: ${reached}`,
      ...columns.map(([, text]) => text(r)),
    ];
  });
  const failures = outcome.results.flatMap((r) => {
    const last = r.scores.at(-1);
    if (r.why !== '') return [`- ${r.protocol}: ${r.why}`];
    return last && last.passed < outcome.sessions && last.failure
      ? [`- ${r.protocol}, ${last.k} samples: ${last.failure}`]
      : [];
  });
  const path = out.includes('/') ? out : at('docs', out);
  const xs = ks.filter((k) => k > 0);
  writeFileSync(
    `${path}.svg`,
    lineChart({
      title: chart,
      xs,
      xTitle: 'samples of the new kind',
      yTitle: 'test sessions passed',
      lines: outcome.results.map((r) => ({
        title: r.protocol,
        style: r.protocol === 'exploit' ? 'thick' : 'thin',
        values: xs.map((k) => (passed(r, k) === undefined ? undefined : passed(r, k) / outcome.sessions)),
      })),
    }),
  );
  const head = ['protocol', 'new kind', ...ks.map(String), 'asked', ...columns.map(([name]) => name)];
  const text = `# ${title}

${about}

Written by \`${by}\` on ${outcome.date.slice(0, 10)}.

![${chart}](${basename(path)}.svg)

${markdown(
  head,
  rows,
  ks.map((_, i) => i + 2),
)}
${failures.length === 0 ? '' : `\nThe first failure with most samples:\n\n${failures.join('\n')}\n`}`;
  writeFileSync(`${path}.md`, text.replace(/[ \t]+$/gm, ''));
  console.log(bold(`\n${path}.md`));
  console.log(text);
}
