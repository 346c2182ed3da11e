/** `scriptgen evaluate`: cross-validation of what is learned from captures, and the surface over the thresholds. */
import { writeFile } from 'node:fs/promises';
import { Option } from 'commander';
import type { Command } from 'commander';
import { printable } from '../bytes/bytes.js';
import type { Session } from '../capture/index.js';
import { DEFAULT_FOLDS, DEFAULT_MOST, crossValidate, groupBy, heatmap } from '../evaluate/index.js';
import { isUsable, sampleSessions, serviceOf, surfaceOf } from '../evaluate/index.js';
import type { Evaluation, ExplainedMiss, Score, ServiceEvaluation, Surface } from '../evaluate/index.js';
import { DEFAULTS } from '../learn/index.js';
import type { LearnOptions } from '../learn/index.js';
import { describeCapture, readCaptures, warn } from './captures.js';
import type { Captured, Wanted } from './captures.js';
import { CommandError, FAILED, wrong } from './failure.js';
import { addresses, families, fraction, services, wholeNumber } from './options.js';
import { progress } from './progress.js';
import type { Progress } from './progress.js';
import { colour, columns, count, listCounts, print, printJson } from './text.js';

interface Options extends Wanted {
  readonly folds: number;
  readonly most: number;
  readonly seed: number;
  readonly macro: number;
  readonly micro: number;
  readonly links: 'none' | 'copy' | 'all';
  readonly without: string;
  readonly compare?: boolean;
  readonly misses: number;
  readonly surface?: boolean;
  readonly svg?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ scriptgen evaluate mail.pcap
        how well is a session answered that was not learned from?
  $ scriptgen evaluate mail.pcap --port tcp/25 --misses 20 --compare
        shows 20 wrong answers and why they are wrong, and how the papers' rules do
  $ scriptgen evaluate mail.pcap --surface --svg mail.svg
        number of states and similarity over the thresholds W and w

The sessions of one source are never both learned from and asked, where there are four sources or more.
"or varying" also counts answers that differ only in bytes in which the real server itself varies: those
that come out otherwise when the emulator answers again at another time with other random numbers, and
texts of the time; the lengths have to agree (an upper bound: what is made up but should have been
computed is excused as well). "similarity" is the share of bytes that an alignment of both
answers pairs up, the mean over sessions. "to the end" counts sessions in which every request that was
answered then is answered now, and none is unknown.`;

/** Bytes of a message that are shown. */
const SHOWN = 100;
const JSON_SHOWN = 400;
/** Sessions that a surface is made of: each is learned from 36 times. */
const SURFACE_SESSIONS = 60;

const percent = (part: number, whole: number): string => (whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)} %`);

function scoreRow(name: string, score: Score): string[] {
  const { sessions, answers, exact, exactOrVarying, similarity, unknown, nearest, toEnd } = score;
  const shares = [percent(exact, answers), percent(exactOrVarying, answers), similarity.toFixed(3)];
  const isLearned = name !== 'nearest recording';
  return [
    name,
    String(answers),
    ...shares,
    ...(isLearned ? [String(unknown), String(nearest)] : ['', '']),
    percent(toEnd, sessions),
  ];
}

/** The first miss of each reason, most frequent reason first, then further ones. */
function choose({ misses, reasons }: ServiceEvaluation, most: number): ExplainedMiss[] {
  const first = [...reasons.keys()].flatMap((reason) => misses.find((miss) => miss.reason === reason) ?? []);
  return [...first, ...misses.filter((miss) => !first.includes(miss))].slice(0, most);
}

function describeMiss(miss: ExplainedMiss): string[] {
  const line = (what: string, bytes: Uint8Array, from = 0): string => {
    const text = bytes.length === 0 ? colour.dim('nothing') : printable(bytes.subarray(from), SHOWN);
    return `    ${what.padEnd(9)}${from > 0 ? '… ' : ''}${text}`;
  };
  const from = miss.at > SHOWN / 2 ? miss.at - SHOWN / 4 : 0;
  return [
    `  session ${miss.session}, exchange ${miss.exchange}, similarity ${miss.similarity.toFixed(3)}: ${colour.yellow(miss.reason)}`,
    line('request', miss.request),
    line('recorded', miss.expected, from),
    line('given', miss.given, from),
    `    they part at byte ${miss.at} of ${miss.expected.length}; ${miss.words}`,
  ];
}

function describeService(evaluation: ServiceEvaluation, most: number): void {
  const { service, sessions, usable, sources, foldedBy, folds, columns: scores, reasons } = evaluation;
  const cap = sessions < usable ? ` of ${usable}, drawn by lot (--most)` : '';
  const kept = foldedBy === 'source' ? 'each source in one fold' : 'too few sources, so each session by itself';
  print(
    `\n${colour.bold(service)}: ${count(sessions, 'session')}${cap} of ${count(sources, 'source')} in ${count(folds, 'fold')}, ${kept}`,
  );
  const rows = [...scores].map(([name, score]) => scoreRow(name, score));
  const head = ['', 'answers', 'exact', 'or varying', 'similarity', 'unknown', 'nearest', 'to the end'];
  print(columns(head, rows, [1, 2, 3, 4, 5, 6, 7]));
  if (reasons.size === 0) return;
  print(`wrong: ${listCounts(reasons)}`);
  if (evaluation.frozen > 0) {
    const few = count(evaluation.frozen, 'wrong answer differs', 'wrong answers differ');
    print(`  ${few} only in bytes in which the real server varies by itself: it said otherwise to the same words`);
  }
  for (const miss of choose(evaluation, most)) for (const line of describeMiss(miss)) print(line);
}

function asJson(captured: Captured, { services: all, leftOut }: Evaluation, options: Options): unknown {
  const { folds, most, seed, macro, micro, links, without } = options;
  return {
    captures: captured.report.files.map((file) => file.name),
    method: { folds, most, seed, macro, micro, links, without },
    services: all.map((evaluation) => ({
      ...evaluation,
      misses: choose(evaluation, options.misses).map(({ request, expected, given, ...miss }) => ({
        ...miss,
        request: printable(request, JSON_SHOWN),
        expected: printable(expected, JSON_SHOWN),
        given: printable(given, JSON_SHOWN),
      })),
    })),
    leftOut,
  };
}

function evaluate(captured: Captured, options: Options, how: Partial<LearnOptions>, bar: Progress): void {
  const { folds, most, compare } = options;
  const evaluation = crossValidate(
    captured.sessions,
    { folds, most, compare: compare === true, learn: how },
    (stage, done) => bar.show(stage, 0.1 + done * 0.9),
  );
  bar.stop();
  if (evaluation.services.length === 0) {
    const why = listCounts(captured.report.sessions) || 'none seen';
    throw new CommandError(
      FAILED,
      `nothing to compare: it takes two complete sessions of one service in which the server speaks (sessions: ${why})`,
    );
  }
  if (options.json === true) {
    printJson(asJson(captured, evaluation, options));
    return;
  }
  for (const line of describeCapture(captured)) print(line);
  for (const service of evaluation.services) describeService(service, options.misses);
  if (evaluation.leftOut.size > 0) {
    const named = [...evaluation.leftOut].map(([service, why]) => `${service} (${why})`);
    print(`\nleft out: ${named.slice(0, 8).join(', ')}${named.length > 8 ? ` and ${named.length - 8} more` : ''}`);
  }
}

function printSurface({ service, sessions, cells }: Surface, usable: number): void {
  const cap = sessions < usable ? ` of ${usable}, drawn by lot` : '';
  const values = [...new Set(cells.map((cell) => cell.macro))];
  const at = (macro: number, micro: number) => cells.find((cell) => cell.macro === macro && cell.micro === micro);
  print(`${colour.bold(service)}: ${count(sessions, 'session')}${cap}, learned from and asked`);
  const table = (title: string, value: (macro: number, micro: number) => string): void => {
    print(`\n${title}`);
    const rows = values.map((macro) => [`W = ${macro}`, ...values.map((micro) => value(macro, micro))]);
    print(
      columns(
        ['', ...values.map((micro) => `w = ${micro}`)],
        rows,
        values.map((_, i) => i + 1),
      ),
    );
  };
  for (const [machine, name] of [
    ['paper', 'the machine of the 2005 paper'],
    ['learned', 'the machine as learned'],
  ] as const) {
    table(`states, ${name}`, (macro, micro) => String(at(macro, micro)?.[machine].states ?? ''));
    table(`mean similarity, ${name}`, (macro, micro) => at(macro, micro)?.[machine].similarity.toFixed(3) ?? '');
  }
}

async function surface(captured: Captured, options: Options, how: Partial<LearnOptions>, bar: Progress): Promise<void> {
  const all = groupBy(captured.sessions.filter(isUsable), serviceOf);
  const [largest] = [...all.values()].sort((a: readonly Session[], b) => b.length - a.length);
  if (!largest) throw new CommandError(FAILED, 'nothing to learn from: no complete session in which the server speaks');
  const some = sampleSessions(largest, Math.min(options.most, SURFACE_SESSIONS), options.seed);
  const result = surfaceOf(some, how, (done) => bar.show('surface', 0.1 + done * 0.9));
  bar.stop();
  if (options.svg !== undefined) await writeFile(options.svg, heatmap(result));
  if (options.json === true) printJson({ surface: result, usable: largest.length });
  else {
    printSurface(result, largest.length);
    if (options.svg !== undefined) print(`\nthe drawing is in ${options.svg}`);
  }
}

async function run(captures: readonly string[], options: Options): Promise<void> {
  if (options.svg !== undefined && options.surface !== true) throw wrong('--svg draws the surface; add --surface');
  const bar = progress();
  try {
    const captured = await readCaptures(captures, options, (done) => bar.show('reading', done / 10));
    warn(captured.report);
    const { macro, micro, links, without, seed } = options;
    const how = { macro, micro, links, without, seed };
    if (options.surface === true) await surface(captured, options, how, bar);
    else evaluate(captured, options, how, bar);
  } finally {
    bar.stop();
  }
}

/** Adds the command to the program. */
export function addEvaluate(program: Command): void {
  program
    .command('evaluate')
    .summary('how well are sessions answered that were not learned from?')
    .description(
      'Learns from some of the conversations, plays the client side of the others against what was learned, compares the answers with the recorded ones, and explains every one that is wrong.',
    )
    .argument('<capture...>', 'packet captures (- is standard input)')
    .option('--server <ip>', 'only sessions with this server (may be given again)', addresses)
    .option('--port <services>', 'only these services, as in tcp/21,udp/53', services)
    .option('--folds <n>', 'parts that the conversations are dealt out to', wholeNumber(2, 100), DEFAULT_FOLDS)
    .option(
      '--most <n>',
      'sessions of one service that are used; of more, so many are drawn by lot',
      wholeNumber(2),
      DEFAULT_MOST,
    )
    .option('--seed <n>', 'seed for everything that is drawn by lot', wholeNumber(0), DEFAULTS.seed)
    .option('--macro <W>', 'macroclustering threshold, 0 to 1', fraction, DEFAULTS.macro)
    .option('--micro <w>', 'microclustering threshold, 0 to 1', fraction, DEFAULTS.micro)
    .addOption(
      new Option('--links <kind>', 'rules for answers: none, copied content only, or all')
        .choices(['none', 'copy', 'all'])
        .default(DEFAULTS.links),
    )
    .option('--without <kinds>', 'leave out families of rules, as in clock,made-up', families, DEFAULTS.without)
    .option('--compare', 'also with the rules of the 2005 and the 2006 paper')
    .option('--misses <n>', 'wrong answers of each service that are shown', wholeNumber(0), 5)
    .option('--surface', 'instead: states and similarity over the thresholds W and w')
    .option('--svg <file>', 'draw the surface')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}
