#!/usr/bin/env node
/** The program `scriptgen`: its commands, and how it ends. */
import { Command, CommanderError } from 'commander';
import { DONE, WRONG, explainFailure } from './failure.js';
import { addDiff } from './diff.js';
import { addEvaluate } from './evaluate.js';
import { addEvents } from './events.js';
import { addExport } from './export.js';
import { addExportConversations } from './export-conversations.js';
import { addInspect } from './inspect.js';
import { addLearn } from './learn.js';
import { addRefine } from './refine.js';
import { addReplay } from './replay.js';
import { addServe } from './serve.js';
import { VERSION } from './version.js';
import { addApprove, addUndo, addVersions } from './versions.js';

const ABOUT = `
Exit status: 0 done, 1 the work failed, 2 the command line or the input is wrong.
SCRIPTGEN_DEBUG=1 shows where an error comes from.`;

function program(): Command {
  const root = new Command('scriptgen')
    .description('Learns a protocol from a packet capture and answers in the server’s place.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'scriptgen: ')) })
    .showHelpAfterError('(add --help for what there is)')
    .addHelpText('after', ABOUT);
  for (const add of [
    addLearn,
    addServe,
    addInspect,
    addReplay,
    addEvaluate,
    addExport,
    addRefine,
    addDiff,
    addUndo,
    addApprove,
    addVersions,
    addEvents,
    addExportConversations,
  ])
    add(root);
  for (const command of root.commands) command.copyInheritedSettings(root);
  return root;
}

async function main(): Promise<number> {
  // A reader that has seen enough (| head) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(DONE);
    throw error;
  });
  process.stderr.on('error', () => undefined);
  try {
    await program().parseAsync();
    return DONE;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG;
    return explainFailure(error);
  }
}

process.exitCode = await main();
