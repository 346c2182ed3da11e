/** `scriptgen versions`, `undo` and `approve`: the versions that refinements left of a model. */
import type { Command } from 'commander';
import { approveVersion, listVersions, undoVersion, type VersionInfo } from '../model/store/index.js';
import { wholeNumber } from './options.js';
import { columns, print, printJson } from './text.js';
import { GENERATOR } from './version.js';

interface Options {
  readonly json?: boolean;
}

function row({ version, from, refinement, status }: VersionInfo): string[] {
  const how = refinement
    ? `${refinement.conversations} conversations, ${refinement.requests} new requests from ${refinement.sources.length + refinement.moreSources} sources: ${refinement.from.join(', ')}`
    : 'learned';
  return [String(version), from === 0 ? '' : String(from), status, refinement?.time ?? '', how];
}

async function list(folder: string, options: Options): Promise<void> {
  const versions = await listVersions(folder);
  if (options.json === true) printJson({ model: folder, versions });
  else print(columns(['version', 'from', 'status', 'time', 'by'], versions.map(row), [0, 1]));
}

async function undo(folder: string, options: Options): Promise<void> {
  const { left, now } = await undoVersion(folder, GENERATOR);
  if (options.json === true) printJson({ model: folder, left, version: now });
  else
    print(
      `${folder} is version ${now} again; version ${left} is kept: scriptgen approve ${folder} ${left} brings it back`,
    );
}

async function approve(folder: string, version: number, options: Options): Promise<void> {
  await approveVersion(folder, version, GENERATOR);
  if (options.json === true) printJson({ model: folder, version });
  else print(`${folder} is version ${version} now`);
}

/** Adds the command to the program. */
export function addVersions(program: Command): void {
  program
    .command('versions')
    .summary('list the versions of a model')
    .description('Lists the versions that refinements have left of a model, and where each came from.')
    .argument('<model>', 'folder of the model')
    .option('--json', 'print the list as one JSON document')
    .action(list);
}

/** Adds the command to the program. */
export function addUndo(program: Command): void {
  program
    .command('undo')
    .summary('go back to the version before')
    .description('Makes the version from which the present one was refined the one that counts again.')
    .argument('<model>', 'folder of the model')
    .option('--json', 'print the outcome as one JSON document')
    .action(undo);
}

/** Adds the command to the program. */
export function addApprove(program: Command): void {
  program
    .command('approve')
    .summary('let a version count that waits')
    .description('Makes a version that refine --quarantine put aside, or that was undone, the one that counts.')
    .argument('<model>', 'folder of the model')
    .argument('<version>', 'its number', wholeNumber(1))
    .option('--json', 'print the outcome as one JSON document')
    .action(approve);
}
