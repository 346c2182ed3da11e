/** `scriptgen export`: a model for others. */
import path from 'node:path';
import type { Command } from 'commander';
import { ExportError, TARGETS, exportTo, isTarget, makeScript, nameOf, readRuntime } from '../export/index.js';
import type { ServiceModel } from '../model/types.js';
import { readModel } from '../model/store/index.js';
import { CommandError, FAILED, WRONG, wrong } from './failure.js';
import { services as servicesOption } from './options.js';
import type { ServiceName } from './options.js';
import { print, printJson } from './text.js';
import { GENERATOR } from './version.js';

interface Options {
  readonly to: string;
  readonly output?: string;
  readonly service?: readonly ServiceName[];
  readonly force?: boolean;
  readonly json?: boolean;
}

const FORMS = Object.entries(TARGETS).map(([name, what]) => `  ${name.padEnd(8)} ${what}`);

const EXAMPLES = `
Forms:
${FORMS.join('\n')}

Examples:
  $ scriptgen export mail --to script -o mail.mjs
  $ node mail.mjs --host 127.0.0.1 --port 2525
        one file that needs nothing but Node; --help tells its options
  $ scriptgen export mail --to honeyd -o pots/mail
  $ honeyd -d -f pots/mail/honeyd.conf 192.0.2.10
        the same, started by honeyd for each connection`;

function chosen(services: readonly ServiceModel[], names: readonly ServiceName[] | undefined): readonly ServiceModel[] {
  if (names === undefined) return services;
  return names.flatMap((name) => {
    const service = services.find((each) => nameOf(each) === nameOf(name));
    // its data sessions belong to it
    if (service) return [service, ...services.filter((each) => each.named?.by === nameOf(name))];
    throw wrong(
      `the model has no service ${nameOf(name)} to export; it has ${services.map(nameOf).join(', ') || 'none'}`,
    );
  });
}

async function run(folder: string, options: Options): Promise<void> {
  const { to, force = false } = options;
  if (!isTarget(to)) {
    throw wrong(`--to ${to}: there is no such form; choose of ${Object.keys(TARGETS).join(', ')}`);
  }
  const model = await readModel(folder);
  if (model.services.length === 0) {
    throw wrong(`${folder}: this model has no services; learn one from a capture with complete sessions`);
  }
  const services = chosen(model.services, options.service);
  if (options.output === undefined && to === 'script') {
    if (options.json === true) throw wrong('--json and the script both want standard output; write the script with -o');
    const runtime = await readRuntime();
    process.stdout.write(makeScript({ services, name: 'script.mjs', generator: GENERATOR, runtime }));
    return;
  }
  const output = options.output ?? `${path.basename(path.resolve(folder))}-${to}`;
  const exported = await exportTo(to, { services, output, force, generator: GENERATOR });
  if (options.json === true) {
    printJson({ to, services: services.map(nameOf), ...exported });
    return;
  }
  for (const file of exported.files) print(`wrote ${file}`);
  for (const remark of exported.remarks) print(remark);
}

async function runOrExplain(folder: string, options: Options): Promise<void> {
  try {
    await run(folder, options);
  } catch (error) {
    if (!(error instanceof ExportError)) throw error;
    const failed = error.code === 'unwritable' || error.code === 'unbuilt';
    throw new CommandError(failed ? FAILED : WRONG, error.message, { cause: error });
  }
}

/** Adds the command to the program. */
export function addExport(program: Command): void {
  program
    .command('export')
    .summary('write a model for others: a script, honeyd')
    .description('Writes a model as something that runs without scriptgen.')
    .argument('<model>', 'folder that learn wrote')
    .requiredOption('--to <form>', `what to write: ${Object.keys(TARGETS).join(', ')}`)
    .option(
      '-o, --output <place>',
      'file or folder to write (default: standard output for a script, MODEL-honeyd for honeyd)',
    )
    .option('--service <service>', 'only this one, as in tcp/21 (may be given again)', servicesOption)
    .option('--force', 'replace what stands there')
    .option('--json', 'print what was written as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(runOrExplain);
}
