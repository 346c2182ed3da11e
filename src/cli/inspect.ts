/** `scriptgen inspect`: a model in words, in numbers, or as a drawing. */
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { diffModels, explainDifference } from '../model/diff.js';
import { toDot, toSvg } from '../model/draw.js';
import { explainService } from '../model/explain.js';
import { serviceName } from '../model/names.js';
import { readModel } from '../model/store/index.js';
import { summarise } from '../model/summary.js';
import type { ServiceModel } from '../model/types.js';
import { CommandError, FAILED, wrong } from './failure.js';
import { service, wholeNumber } from './options.js';
import { columns, print, printJson } from './text.js';

interface Options {
  readonly service?: string;
  readonly against?: string;
  readonly summary?: boolean;
  readonly dot?: boolean;
  readonly svg?: string | true;
  readonly mostStates: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ scriptgen inspect mail
        every state, class and rule in words
  $ scriptgen inspect mail --summary
        how large the machines are
  $ scriptgen inspect files --service tcp/21 --svg files.svg
        a drawing of one machine
  $ scriptgen inspect mail --against mail-of-last-week
        classes, states and transitions that came (+), went (-) or changed (~)
  $ scriptgen inspect files --dot | dot -Tpdf -o files.pdf
        the same through Graphviz`;

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new CommandError(
      FAILED,
      `${file}: the drawing can not be written: ${error instanceof Error ? error.message : String(error)}; choose another file`,
    );
  }
}

async function draw(services: readonly ServiceModel[], options: Options): Promise<void> {
  if (options.svg === undefined) process.stdout.write(toDot(services, options.mostStates));
  else {
    const svg = await toSvg(services, options.mostStates);
    if (options.svg === true || options.svg === '-') process.stdout.write(svg);
    else await write(options.svg, svg);
  }
}

function numbers(services: readonly ServiceModel[]): void {
  const rows = services
    .map(summarise)
    .map((s) => [
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
}

/** What changed since an earlier model. */
async function compare(folder: string, earlier: string, options: Options): Promise<void> {
  if (options.dot === true || options.svg !== undefined || options.summary === true)
    throw wrong('--against goes with --json and --service only');
  const differences = diffModels(await readModel(earlier), await readModel(folder));
  const wanted = differences.filter(
    (difference) => options.service === undefined || options.service === difference.service,
  );
  if (options.json === true) printJson({ model: folder, against: earlier, services: wanted });
  else print(explainDifference(wanted).join('\n'));
}

async function run(folder: string, options: Options): Promise<void> {
  if (options.against !== undefined) {
    await compare(folder, options.against, options);
    return;
  }
  const forms = [options.dot, options.svg !== undefined, options.json, options.summary].filter(
    (given) => given === true,
  );
  if (forms.length > 1) throw wrong('--dot, --svg, --json and --summary exclude each other; choose one');
  const model = await readModel(folder);
  const wanted = model.services.filter((its) => options.service === undefined || options.service === serviceName(its));
  if (wanted.length === 0 && options.service !== undefined) {
    const known = model.services.map((its) => serviceName(its)).join(', ');
    throw wrong(`${folder}: the model has no service ${options.service}; it has ${known === '' ? 'none' : known}`);
  }
  if (options.dot === true || options.svg !== undefined) await draw(wanted, options);
  else if (options.json === true)
    printJson({
      model: folder,
      schema: model.schema,
      options: model.options,
      services: wanted.map((its) => ({ ...summarise(its), explanation: explainService(its) })),
    });
  else if (options.summary === true) numbers(wanted);
  else print(wanted.map((its) => explainService(its).join('\n')).join(`\n\n${'─'.repeat(80)}\n\n`));
}

/** Adds the command to the program. */
export function addInspect(program: Command): void {
  program
    .command('inspect')
    .summary('explain a model')
    .description('Explains the machines of a model in words, or draws them.')
    .argument('<model>', 'folder that learn wrote')
    .option('--service <name>', 'only this service, as in tcp/6379', service)
    .option('--against <model>', 'print what changed since this earlier model')
    .option('--summary', 'print only how large the machines are')
    .option('--dot', 'print the drawing in the language of Graphviz')
    .option('--svg [file]', 'draw to a file, or to standard output')
    .option(
      '--most-states <n>',
      'in a drawing, show only so many states: the most travelled ones',
      wholeNumber(1, 5000),
      150,
    )
    .option('--json', 'print summary and explanation as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}
