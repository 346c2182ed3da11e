/** `scriptgen refine`: a model and new captures → its next version. */
import { Option, type Command } from 'commander';
import type { Session } from '../capture/index.js';
import { TRUST, type RefineReport } from '../learn/refine/index.js';
import { diffModels, explainDifference, type ServiceDifference } from '../model/diff.js';
import {
  adoptVersion,
  checkPlace,
  dropVersions,
  nextVersion,
  putAside,
  readModel,
  writeModel,
} from '../model/store/index.js';
import type { Model } from '../model/types.js';
import { holds } from '../react/identity.js';
import { refine } from '../react/refine.js';
import { fairly, notKept } from '../react/samples.js';
import { State } from '../store/index.js';
import { readCaptures, warn, type Wanted } from './captures.js';
import { CommandError, FAILED, wrong } from './failure.js';
import { another, addresses, replacement, services, size, sizeText, wholeNumber } from './options.js';
import { colour, count, print, printJson } from './text.js';
import { GENERATOR } from './version.js';

interface Options extends Wanted {
  readonly with?: readonly string[];
  readonly state?: string;
  readonly activity?: string;
  readonly output?: string;
  readonly dryRun?: boolean;
  readonly quarantine?: boolean;
  readonly replace?: readonly (readonly [string, string])[];
  readonly identity?: readonly string[];
  readonly atLeast: number;
  readonly maxGrowth: number;
  readonly maxFromOne: number;
  readonly maxBytes: number;
  readonly correct?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ scriptgen refine mail --with tuesday.pcap
        learns what the capture has and the model does not know; what it knows stays as it is
  $ scriptgen refine mail --with attack.pcap --dry-run
        says what would change
  $ scriptgen refine mail --with attack.pcap --quarantine --identity www7.corp.example
        puts the new version aside until scriptgen approve; says where the host's own name stands in it
  $ scriptgen refine mail --state /var/lib/scriptgen/state --activity 1a2b3c4d
        learns from the conversations of serve --backend --state that the real host answered`;

/** What there is to learn from. */
interface Given {
  readonly sessions: readonly Session[];
  /** For the provenance. */
  readonly from: readonly string[];
  /** Sessions of a state folder, also those that the model keeps already, and whose they are. */
  readonly taken: number;
  readonly sources: readonly string[];
}

/** Sources that the outcome names. */
const MOST_SOURCES = 20;

/** The conversations of a state folder that were handed over, as far as the model does not keep them already. */
async function handedOver(folder: string, activity: string | undefined, model: Model): Promise<Given> {
  const state = await State.open(folder);
  try {
    const samples = fairly(state.samples(activity));
    const all = samples.flatMap((sample) => state.sessionsOf(sample));
    const sources = [...new Set(samples.map(({ source }) => source))].slice(0, MOST_SOURCES);
    const from = activity === undefined ? folder : `${folder} (activity ${activity})`;
    return { sessions: notKept(model, all), from: [from], taken: all.length, sources };
  } finally {
    state.close();
  }
}

async function gather(model: Model, options: Options): Promise<Given> {
  const { with: captures = [], state, activity } = options;
  if (activity !== undefined && state === undefined) throw wrong('--activity is one of a state folder: give --state');
  if (captures.length === 0 && state === undefined)
    throw wrong('give what there is to learn from: captures with --with, or a state folder with --state');
  const captured = captures.length === 0 ? null : await readCaptures(captures, options);
  if (captured) warn(captured.report);
  const handed = state === undefined ? null : await handedOver(state, activity, model);
  if ((captured?.sessions.length ?? 0) + (handed?.taken ?? 0) === 0)
    throw new CommandError(
      FAILED,
      state === undefined
        ? 'nothing to learn from: the captures have no session that was asked for'
        : `nothing to learn from: ${state} has no such conversation that a real host has answered from the hand-over to its end`,
    );
  return {
    sessions: [...(captured?.sessions ?? []), ...(handed?.sessions ?? [])],
    from: [...captures, ...(handed?.from ?? [])],
    taken: handed?.taken ?? 0,
    sources: handed?.sources ?? [],
  };
}

/** Where the names that must not be known stand in new answers. */
function identities(differences: readonly string[]): void {
  for (const line of differences) print(colour.yellow(line));
}

function told(report: RefineReport, differences: readonly ServiceDifference[]): void {
  for (const s of report.services) {
    const otherwise =
      s.otherwise === 0
        ? ''
        : `; ${count(s.otherwise, 'known request was', 'known requests were')} answered otherwise than the model does, which stays as it is`;
    print(
      `${s.service}: ${count(s.sessions, 'session')}, ${count(s.new, 'new request')}, ${s.known} known${otherwise}`,
    );
    for (const remark of s.remarks) print(`  ${colour.yellow(remark)}`);
  }
  if (report.isAnew)
    print(`learned anew with the samples of earlier refinements: ${count(report.samples, 'conversation')} in all`);
  print('');
  for (const line of explainDifference(differences.filter(({ kind }) => kind !== 'same'))) print(line);
}

async function put(folder: string, before: Model, after: Model, options: Options): Promise<string> {
  const version = after.refined?.version ?? 1;
  if (options.dryRun === true) return 'nothing was written (--dry-run)';
  if (options.output !== undefined) {
    await writeModel(options.output, after, GENERATOR);
    await dropVersions(options.output);
    return `version ${version} is in ${options.output}`;
  }
  if (options.quarantine === true) {
    await putAside(folder, after, GENERATOR);
    return `version ${version} waits: scriptgen approve ${folder} ${version} lets it count, scriptgen diff ${folder} ${folder}/versions/${version} says what it changes`;
  }
  await adoptVersion(folder, before, after, GENERATOR);
  return `${folder} is version ${version} now; scriptgen undo ${folder} goes back`;
}

async function run(folder: string, options: Options): Promise<void> {
  if (options.quarantine === true && options.output !== undefined)
    throw wrong('--quarantine keeps the new version beside the model, --output puts it elsewhere: give one of them');
  if (options.output !== undefined) await checkPlace(options.output);
  const before = await readModel(folder);
  const given = await gather(before, options);
  const start = Date.now();
  const { model, refined } = refine(before, given.sessions, {
    from: given.from,
    time: new Date().toISOString(),
    replace: options.replace ?? [],
    version: await nextVersion(folder, before),
    atLeast: options.atLeast,
    trust: {
      maxGrowth: options.maxGrowth,
      maxFromOne: options.maxFromOne,
      maxBytes: options.maxBytes,
      correct: options.correct === true,
    },
  });
  const seconds = (Date.now() - start) / 1000;
  const differences = diffModels(before, model);
  const held = holds(before, model, options.identity ?? []);
  const outcome = refined.refinement
    ? await put(folder, before, model, options)
    : refined.services.some(({ new: fresh }) => fresh > 0)
      ? 'too few sessions hold something new (--at-least); the model stays as it is'
      : 'nothing is new; the model stays as it is';
  if (options.json === true) {
    printJson({
      model: folder,
      seconds,
      ...refined,
      differences,
      identities: held,
      taken: given.taken,
      sources: given.sources,
      written: options.dryRun !== true && refined.refinement !== null,
    });
    return;
  }
  told(refined, differences);
  identities(held);
  print(outcome);
}

/** Adds the command to the program. */
export function addRefine(program: Command): void {
  program
    .command('refine')
    .summary('learn what is new in further captures or in handed-over conversations')
    .description(
      'Learns the requests of further captures, or of conversations that were handed over to a real host, that the model does not know, and writes its next version. Known requests keep their answers.',
    )
    .argument('<model>', 'folder of the model')
    .option('--with <capture...>', 'packet captures of the real host')
    .option('--state <folder>', 'conversations that serve --backend --state has handed over, relayed to their end')
    .option('--activity <id>', 'of them only those of this activity; the beginning of its id will do')
    .option('-o, --output <model>', 'write the new model there and leave the old one as it is')
    .option('--dry-run', 'only say what would change')
    .option('--quarantine', 'put the new version aside until scriptgen approve lets it count')
    .option('--server <ip>', 'only sessions with this server (may be given again)', addresses)
    .option('--port <services>', 'only these services, as in tcp/21,udp/53', services)
    .option('--first <n>', 'only the first n conversations', wholeNumber(1))
    .option(
      '--replace <old=new>',
      'put another text for a secret of the host wherever it is said (may be given again)',
      replacement,
    )
    .option(
      '--identity <text>',
      'warn where a name or an address of the host stands in new answers (may be given again)',
      another,
    )
    .option(
      '--correct',
      'also learn where the host answers known requests otherwise, for something in them that no training request had; only for captures that you trust',
    )
    .option('--at-least <n>', 'learn only when so many sessions hold something new', wholeNumber(1), 1)
    .option('--max-growth <n>', 'most new classes of a service', wholeNumber(1), TRUST.maxGrowth)
    .option('--max-from-one <n>', 'of them, most that only one source has asked for', wholeNumber(1), TRUST.maxFromOne)
    .addOption(
      new Option('--max-bytes <size>', 'most bytes of new answers of a service')
        .argParser(size)
        .default(TRUST.maxBytes, sizeText(TRUST.maxBytes)),
    )
    .option('--json', 'print the outcome as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}
