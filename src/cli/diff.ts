/** `scriptgen diff`: what changed from one model to another. */
import type { Command } from 'commander';
import { diffModels, explainDifference } from '../model/diff.js';
import { readModel } from '../model/store/index.js';
import { print, printJson } from './text.js';

const EXAMPLES = `
Examples:
  $ scriptgen diff mail/versions/2 mail
        what the last refinement brought
  $ scriptgen diff monday tuesday
        two models that were learned apart`;

async function run(old: string, young: string, options: { readonly json?: boolean }): Promise<void> {
  const differences = diffModels(await readModel(old), await readModel(young));
  if (options.json === true) printJson(differences);
  else for (const line of explainDifference(differences)) print(line);
}

/** Adds the command to the program. */
export function addDiff(program: Command): void {
  program
    .command('diff')
    .summary('say what changed between two models')
    .description('Shows what came (+), went (-) or changed (~) from one model to another: services, classes, states.')
    .argument('<old>', 'folder of the earlier model')
    .argument('<new>', 'folder of the later model')
    .option('--json', 'print the difference as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}
