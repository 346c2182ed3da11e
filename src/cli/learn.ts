/** `scriptgen learn`: captures → model. */
import type { Command } from 'commander';
import { Option } from 'commander';
import type { Thresholds } from '../evaluate/index.js';
import { DEFAULTS } from '../learn/index.js';
import { summarise } from '../model/summary.js';
import type { Summary } from '../model/summary.js';
import { checkPlace, dropVersions, writeModel } from '../model/store/index.js';
import { describeCapture } from './captures.js';
import type { Captured, Wanted } from './captures.js';
import { learnCaptures } from './learning.js';
import { addresses, families, fraction, services, wholeNumber } from './options.js';
import { colour, columns, count, listCounts, print, printJson } from './text.js';
import { GENERATOR } from './version.js';

interface Options extends Wanted {
  readonly output: string;
  readonly seed: number;
  readonly macro: number;
  readonly micro: number;
  readonly links: 'none' | 'copy' | 'all';
  readonly without: string;
  readonly choose?: boolean;
  readonly maxFanOut: number;
  readonly maxStates: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ scriptgen learn mail.pcap -o mail
        learns every service that the capture shows
  $ scriptgen learn day1.pcapng day2.pcapng --server 192.0.2.10 --port tcp/21,udp/69 -o files
        learns two services of one server from two captures
  $ tcpdump -r big.pcap -w - port 25 | scriptgen learn - -o mail
        reads the capture from standard input`;

/** How the machine is described in the report. */
function describe(summary: Summary): string[] {
  const lines: string[] = [];
  const leftOut = listCounts(summary.leftOut);
  if (leftOut !== '') lines.push(`  ${summary.service}: sessions left out: ${leftOut}`);
  const rules = listCounts(summary.rules);
  if (rules !== '') lines.push(`  ${summary.service}: rules: ${rules}`);
  for (const remark of summary.remarks) lines.push(`  ${summary.service}: ${colour.yellow(remark)}`);
  return lines;
}

function report(folder: string, captured: Captured, summaries: readonly Summary[], seconds: number): void {
  for (const line of describeCapture(captured)) print(line);
  print('');
  const rows = summaries.map((s) => [
    s.service,
    s.server,
    ...[s.sessions, s.conversations, s.classes, s.states, s.transitions].map(String),
  ]);
  print(
    columns(
      ['service', 'server', 'sessions', 'conversations', 'classes', 'states', 'transitions'],
      rows,
      [2, 3, 4, 5, 6],
    ),
  );
  for (const summary of summaries) for (const line of describe(summary)) print(line);
  print('');
  print(`learned ${count(summaries.length, 'service')} in ${seconds.toFixed(1)} s; the model is in ${folder}`);
}

/** What thresholds were tried, in one line. */
function describeChoice({ macro, micro, trials, sessions }: Thresholds): string {
  const tried = trials.map((trial) => `${trial.macro}/${trial.micro} ${trial.similarity.toFixed(3)}`).join(', ');
  const why = trials.length === 0 ? 'nothing to choose by' : `similarity over ${count(sessions, 'session')}: ${tried}`;
  return `thresholds W = ${macro}, w = ${micro} (W/w, ${why})`;
}

async function run(captures: readonly string[], options: Options): Promise<void> {
  await checkPlace(options.output);
  const start = Date.now();
  const { macro, micro, links, without, maxFanOut, maxStates, seed, choose = false } = options;
  const words = { macro, micro, links, without, maxFanOut, maxStates, seed, choose };
  const { captured, model, chosen } = await learnCaptures(captures, options, words);
  await writeModel(options.output, model, GENERATOR);
  await dropVersions(options.output);
  const seconds = (Date.now() - start) / 1000;
  const summaries = model.services.map(summarise);
  if (options.json === true) {
    const { conversations, used, report: capture } = captured;
    const choice = chosen ? { thresholds: chosen } : {};
    const read = { ...capture, conversations, used };
    printJson({ model: options.output, seconds, capture: read, ...choice, services: summaries });
    return;
  }
  report(options.output, captured, summaries, seconds);
  if (chosen) print(describeChoice(chosen));
}

/** Adds the command to the program. */
export function addLearn(program: Command): void {
  program
    .command('learn')
    .summary('learn a model from captures')
    .description(
      'Learns every service seen in the captures (pcap or pcapng, - is standard input) and writes a model, a folder of text files.',
    )
    .argument('<capture...>', 'packet captures')
    .requiredOption('-o, --output <model>', 'folder to write the model to; a model that is there is replaced')
    .option('--server <ip>', 'only sessions with this server (may be given again)', addresses)
    .option('--port <services>', 'only these services, as in tcp/21,udp/53', services)
    .option('--first <n>', 'learn from the first n conversations only', wholeNumber(1))
    .option('--seed <n>', 'seed for everything that is drawn by lot', wholeNumber(0), DEFAULTS.seed)
    .option(
      '--macro <W>',
      'macroclustering threshold, 0 (many precise classes) to 1 (few broad ones)',
      fraction,
      DEFAULTS.macro,
    )
    .option(
      '--micro <w>',
      'microclustering threshold, 0 (every value its own class) to 1 (none)',
      fraction,
      DEFAULTS.micro,
    )
    .option('--choose', 'choose both thresholds by cross-validation, in bounded work; those given win ties')
    .addOption(
      new Option('--links <kind>', 'rules for answers: none, copied content only, or all')
        .choices(['none', 'copy', 'all'])
        .default(DEFAULTS.links),
    )
    .option('--without <kinds>', 'leave out families of rules, as in clock,made-up', families, DEFAULTS.without)
    .option('--max-fan-out <n>', 'most different requests that are kept apart', wholeNumber(1), DEFAULTS.maxFanOut)
    .option('--max-states <n>', 'most states of a machine', wholeNumber(1), DEFAULTS.maxStates)
    .option('--json', 'print the report as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}
