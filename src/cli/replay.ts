/** `scriptgen replay`: the client side of a capture against a server, and how its answers compare. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { printable } from '../bytes/bytes.js';
import { groupConversations } from '../capture/index.js';
import { replay } from '../evaluate/replay.js';
import type { Miss, ReplayReport } from '../evaluate/replay.js';
import { relate } from '../learn/index.js';
import { describeCapture, readCaptures, warn } from './captures.js';
import type { Wanted } from './captures.js';
import { CommandError, FAILED } from './failure.js';
import { addresses, duration, durationText, mapping, services, wholeNumber } from './options.js';
import { progress } from './progress.js';
import { colour, columns, count, listCounts, print, printJson } from './text.js';

interface Options extends Wanted {
  readonly target: string;
  readonly map?: ReadonlyMap<string, number>;
  readonly parallel: number;
  readonly timeout: number;
  readonly quiet: number;
  readonly misses: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ scriptgen replay mail.pcap --target 127.0.0.1 --map tcp/25=2525
        how close does the server there come to the recorded one?
  $ scriptgen replay mail.pcap --target 192.0.2.10 --port tcp/25 --json
        the same as JSON, for one service

An answer is compared byte for byte (exact) and by the share of bytes that an alignment of both pairs up
(similarity). What servers make up, such as times and session ids, can not be exact.`;

/** Bytes of a message that are shown. */
const SHOWN = 100;

function describeMiss(miss: Miss): string[] {
  const line = (what: string, bytes: Uint8Array): string =>
    `    ${what.padEnd(9)}${bytes.length === 0 ? colour.dim('nothing') : printable(bytes, SHOWN)}`;
  return [
    `  ${miss.service}, session ${miss.session}, exchange ${miss.exchange}: similarity ${miss.similarity.toFixed(3)}`,
    line('request', miss.request),
    line('recorded', miss.expected),
    line('given', miss.given),
  ];
}

/** The least similar misses, one for each recorded answer: a thousand times the same one says nothing more. */
function worst(misses: readonly Miss[], most: number): Miss[] {
  const seen = new Set<string>();
  const chosen: Miss[] = [];
  for (const miss of misses) {
    const key = `${miss.service} ${printable(miss.expected, SHOWN)} ${printable(miss.given, SHOWN)}`;
    if (chosen.length >= most || seen.has(key)) continue;
    seen.add(key);
    chosen.push(miss);
  }
  return chosen;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)} %`;
}

function report({ services: scores, misses, failures }: ReplayReport, most: number): void {
  const rows = scores.map((s) => [
    s.service,
    ...[s.sessions, s.failed, s.exactSessions, s.answers, s.exact].map(String),
    percent(s.exact, s.answers),
    String(s.unanswered),
    s.answers === 0 ? '' : s.similarity.toFixed(3),
  ]);
  print(
    columns(
      ['service', 'sessions', 'failed', 'exact', 'answers', 'exact', '', 'unanswered', 'similarity'],
      rows,
      [1, 2, 3, 4, 5, 6, 7, 8],
    ),
  );
  if (failures.size > 0) print(`  failed: ${listCounts(failures)}`);
  const shown = worst(misses, most);
  if (shown.length === 0) return;
  print(
    `\n${count(misses.length, 'answer differs', 'answers differ')}; the least similar${shown.length < misses.length ? ` ${shown.length}` : ''}:`,
  );
  for (const miss of shown) for (const line of describeMiss(miss)) print(line);
}

function asJson({ services: scores, misses, failures }: ReplayReport, most: number): unknown {
  const shown = worst(misses, most).map((miss) => ({
    ...miss,
    request: printable(miss.request),
    expected: printable(miss.expected),
    given: printable(miss.given),
  }));
  return { services: scores, failures, differing: misses.length, worst: shown };
}

async function run(captures: readonly string[], options: Options): Promise<void> {
  const bar = progress();
  try {
    const captured = await readCaptures(captures, options, (done) => bar.show('reading', done / 4));
    warn(captured.report);
    const sessions = captured.sessions.filter(
      (session) => session.outcome === 'complete' && session.messages.length > 0,
    );
    if (sessions.length === 0) {
      const seen = listCounts(captured.report.sessions);
      throw new CommandError(
        FAILED,
        `nothing to replay: no complete session${seen === '' ? '' : ` (sessions seen: ${seen})`}; record whole connections, from their first packet on`,
      );
    }
    // nobody waits for what a server would open by itself
    const conversations = groupConversations(relate(sessions).filter(({ openedBy }) => openedBy === undefined));
    const target = {
      host: options.target,
      map: options.map ?? new Map<string, number>(),
      timeout: options.timeout,
      quiet: options.quiet,
    };
    const result = await replay(conversations, target, options.parallel, (done) =>
      bar.show('replaying', 0.25 + 0.75 * done),
    );
    bar.stop();
    if (options.json === true) printJson(asJson(result, options.misses));
    else {
      for (const line of describeCapture(captured)) print(line);
      print('');
      report(result, options.misses);
    }
    if (result.services.every((score) => score.failed === score.sessions)) {
      throw new CommandError(
        FAILED,
        `${options.target}: not one connection came about (${listCounts(result.failures)}); start the server, or say with --map where its services listen`,
      );
    }
  } finally {
    bar.stop();
  }
}

/** Adds the command to the program. */
export function addReplay(program: Command): void {
  program
    .command('replay')
    .summary('compare a server with a capture')
    .description(
      'Plays the client side of a capture against any server and compares its answers with the recorded ones.',
    )
    .argument('<capture...>', 'packet captures, - is standard input')
    .requiredOption('--target <address>', 'address of the server')
    .option('--map <service=port>', 'where a service listens there, as in tcp/21=2121 (may be given again)', mapping)
    .option('--server <ip>', 'only sessions with this recorded server (may be given again)', addresses)
    .option('--port <services>', 'only these services, as in tcp/21,udp/53', services)
    .option('--first <n>', 'only the first n conversations', wholeNumber(1))
    .option('--parallel <n>', 'conversations played at a time', wholeNumber(1, 10_000), 16)
    .addOption(
      new Option('--timeout <time>', 'longest wait for an answer')
        .argParser(duration)
        .default(2000, durationText(2000)),
    )
    .addOption(
      new Option('--quiet <time>', 'silence after which a shorter answer counts as whole')
        .argParser(duration)
        .default(300, durationText(300)),
    )
    .option('--misses <n>', 'how many differing answers to show', wholeNumber(0), 10)
    .option('--json', 'print the result as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}
