/** `scriptgen export-conversations`: recorded conversations as a capture, for any tool. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { pcapOf } from '../capture/writer.js';
import type { Session } from '../capture/types.js';
import { State } from '../store/index.js';
import type { Whole } from '../store/index.js';
import { CommandError, FAILED } from './failure.js';
import { moment } from './options.js';
import { count, listCounts, print, printJson } from './text.js';

interface Options {
  readonly out: string;
  readonly activity?: string;
  readonly source?: string;
  readonly since?: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ scriptgen export-conversations state -o unknown.pcap
  $ scriptgen export-conversations state --activity 1f0c -o - | tshark -r -

Services are at the ports that they have in the model, wherever they were moved to. Sessions of which
something is missing end in an acknowledgement of a byte that is not there, so that learn leaves them out.`;

async function run(folder: string, { out, json, ...filter }: Options): Promise<void> {
  const state = await State.open(folder);
  const counts = new Map<Whole, number>();
  function* sessions(): Generator<Session> {
    for (const { facts, session } of state.recordings(filter)) {
      counts.set(facts.whole, (counts.get(facts.whole) ?? 0) + 1);
      yield session;
    }
  }
  try {
    const target = out === '-' ? process.stdout : createWriteStream(out);
    await pipeline(Readable.from(pcapOf(sessions()), { objectMode: true }), target, { end: out !== '-' });
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw new CommandError(FAILED, `${out}: it can not be written: ${error.message}; choose another file`);
  } finally {
    state.close();
  }
  if (out === '-') return;
  if (json === true) printJson({ file: out, sessions: counts });
  else {
    const all = [...counts.values()].reduce((sum, n) => sum + n, 0);
    print(`${out}: ${count(all, 'session')}${all === 0 ? '' : ` (${listCounts(counts)})`}`);
  }
}

/** Adds the command to the program. */
export function addExportConversations(program: Command): void {
  program
    .command('export-conversations')
    .summary('write recorded conversations as a capture')
    .description('Writes the conversations that serve --state has recorded as a pcap file with handshakes.')
    .argument('<folder>', 'state folder')
    .requiredOption('-o, --out <file>', 'capture to write, - is standard output')
    .option('--activity <id>', 'that began with this activity; the beginning of its id will do')
    .option('--source <address>', 'with this client')
    .option('--since <time>', 'begun since then: a time ago such as 30m, 2h, 7d, or a date', moment)
    .option('--json', 'print what was written as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}
