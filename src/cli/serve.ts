/** `scriptgen serve`: a model, or what a capture teaches, answers in the server's place. */
import { stat } from 'node:fs/promises';
import { Option } from 'commander';
import type { Command } from 'commander';
import { readModel, versionOf, watchModel } from '../model/store/index.js';
import type { Fallback } from '../emulate/index.js';
import { DEFAULT_LIMITS, startServer } from '../net/index.js';
import type { Limits, Log, Place, RunningServer } from '../net/index.js';
import type { Model } from '../model/types.js';
import { seeded } from '../bytes/random.js';
import { addBackend, backendOf } from './backend.js';
import type { BackendWords } from './backend.js';
import { DEFAULT_BOUNDS, Recorder } from '../store/index.js';
import { CommandError, explainFailure, FAILED, wrong } from './failure.js';
import { openJournal } from './journal.js';
import type { Journal } from './journal.js';
import { learnCaptures } from './learning.js';
import { duration, durationText, mapping, replacement, size, sizeText, wholeNumber } from './options.js';
import { REFINE_AFTER, Teacher } from './teacher.js';
import { print } from './text.js';

interface Options extends BackendWords {
  readonly onUnknown?: Fallback;
  readonly host: string;
  readonly map?: ReadonlyMap<string, number>;
  readonly delays?: boolean;
  readonly seed?: number;
  readonly log?: string;
  readonly state?: string;
  readonly stateSize: number;
  readonly refineAfter?: number;
  readonly quarantine?: boolean;
  readonly replace?: readonly (readonly [string, string])[];
  readonly json?: boolean;
  readonly maxConnections: number;
  readonly maxPerSource: number;
  readonly maxReceived: number;
  readonly maxBuffered: number;
  readonly idle: number;
  readonly udpIdle: number;
  readonly maxTime: number;
}

const EXAMPLES = `
Examples:
  $ scriptgen serve mail --host 192.0.2.10
        every service on its own port
  $ scriptgen serve mail.pcap --host 127.0.0.1 --map tcp/25=2525
        learns the capture first, and keeps nothing of it
  $ scriptgen serve files --host 127.0.0.1 --map tcp/21=2121 --map udp/69=6969 --log sessions.jsonl
        on other ports, with everything that is said in a log of JSON lines
  $ scriptgen serve mail --host 192.0.2.10 --backend 198.51.100.7 --log sessions.jsonl
        what nothing known fits goes on with a real host (see docs/containment.md first)
  $ scriptgen serve mail --host 192.0.2.10 --backend 198.51.100.7 --state state --refine-after 5 --quarantine
        and is learned after five sessions, for somebody to approve

The server says one line when all services listen, and another one when the model in the folder was refined: new
sessions are with the new one, those in progress go on as they began. SIGTERM or Ctrl-C ends it.`;

function limitsOf(options: Options): Limits {
  return {
    connections: options.maxConnections,
    perSource: options.maxPerSource,
    received: options.maxReceived,
    pauseAt: Math.min(DEFAULT_LIMITS.pauseAt, options.maxBuffered),
    buffered: options.maxBuffered,
    idle: options.idle,
    datagramIdle: options.udpIdle,
    session: options.maxTime,
  };
}

function placeText({ service, address, port }: Place): string {
  const at = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return service.endsWith(`/${port}`) ? `${service} at ${at}` : `${service} moved to ${at}`;
}

/** Resolves when somebody wants the server to end; a second signal ends it at once. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(FAILED));
        resolve();
      });
    }
  });
}

/** What keeps the state, where there is to be one. */
function recorderOf({ state, stateSize }: Options, model: Model, journal: Journal): Promise<Recorder> | undefined {
  if (state === undefined) return undefined;
  const fault = (message: string): void => {
    process.stderr.write(`scriptgen: warning: ${state}: events can not be kept: ${message}\n`);
  };
  return Recorder.open(state, model.services, { alert: journal.alert, fault }, { size: stateSize });
}

/** What refines the model from what the real host answers, where there is to be somebody. */
function teacherOf(
  folder: string,
  options: Options,
  model: Model,
  recorder: Recorder | undefined,
): Teacher | undefined {
  const { state, backend, refineAfter: after = REFINE_AFTER, quarantine = false, replace = [] } = options;
  if (state === undefined || backend === undefined || !recorder || after === 0) return undefined;
  return new Teacher(recorder.lessons, model, { folder, state, after, quarantine, replace });
}

/** Refuses options about what is learned where nothing can be; a capture is no model to learn into. */
function checkTeaching(
  given: string,
  { state, backend, refineAfter, quarantine, replace }: Options,
  inMemory: boolean,
) {
  const isWanted = (refineAfter ?? 0) > 0 || quarantine === true || replace !== undefined;
  if (isWanted && (state === undefined || backend === undefined))
    throw wrong(
      '--refine-after, --quarantine and --replace are about what a real host answers: give --backend and --state too',
    );
  if (inMemory && backend !== undefined && state !== undefined && (refineAfter ?? REFINE_AFTER) > 0)
    throw wrong(
      `${given} is a capture: what a real host answers would be learned into nothing; learn a model first (scriptgen learn ${given} -o MODEL), or give --refine-after 0`,
    );
}

const both =
  (first: Log, second: Log): Log =>
  (event) => {
    first(event);
    second(event);
  };

/** Opens the listeners; the log and the store get every event. */
async function serving(
  model: Model,
  options: Options,
  recorder: Recorder | undefined,
  log: Log,
): Promise<RunningServer> {
  return startServer(model, {
    host: options.host,
    limits: limitsOf(options),
    delays: options.delays ?? false,
    log: recorder === undefined ? log : both(recorder.log, log),
    ...(recorder === undefined ? {} : { isKept: (session: number) => recorder.isKept(session) }),
    ...backendOf(options),
    ...(options.onUnknown === undefined ? {} : { onUnknown: options.onUnknown }),
    ...(options.map === undefined ? {} : { map: options.map }),
    ...(options.seed === undefined ? {} : { random: seeded(options.seed) }),
  });
}

/** Whether what is to be served is a capture, where a model would be a folder. */
const isCapture = async (given: string): Promise<boolean> =>
  given === '-' || ((await stat(given).catch(() => undefined))?.isFile() ?? false);

/** What is served: the model of a folder, or what a capture teaches, which is kept nowhere. */
async function modelOf(given: string, inMemory: boolean): Promise<Model> {
  if (inMemory) return (await learnCaptures([given])).model;
  const model = await readModel(given);
  if (model.services.length > 0) return model;
  throw new CommandError(
    FAILED,
    `${given}: this model has no services; learn one from a capture with complete sessions`,
  );
}

async function run(given: string, options: Options): Promise<void> {
  if (options.json === true && options.log === '-')
    throw wrong('--json and --log - both want standard output; write the log to a file');
  const inMemory = await isCapture(given);
  checkTeaching(given, options, inMemory);
  const model = await modelOf(given, inMemory);
  // A reader of our output that goes away is no reason to stop serving.
  process.stdout.removeAllListeners('error').on('error', () => undefined);
  const journal = await openJournal(options.log);
  const ending = untilSignal();
  let server: RunningServer;
  let recorder: Recorder | undefined;
  try {
    recorder = await recorderOf(options, model, journal);
    server = await serving(model, options, recorder, journal.log);
  } catch (error) {
    recorder?.close();
    await journal.close();
    throw error;
  }
  const tell = (json: object, text: string): void => {
    if (options.json === true) print(JSON.stringify({ ...json, listening: server.addresses }));
    else if (options.log !== '-') print(`${text}: ${server.addresses.map(placeText).join(', ')}`);
  };
  tell({}, 'listening');
  const teacher = inMemory ? undefined : teacherOf(given, options, model, recorder);
  const take = async (next: Model): Promise<void> => {
    await server.reload(next);
    recorder?.takeModel(next.services);
    teacher?.takeModel(next);
    tell({ version: versionOf(next) }, `version ${versionOf(next)}`);
  };
  const watch = inMemory ? undefined : watchModel(given, take, (error) => explainFailure(error));
  await ending;
  watch?.stop();
  await Promise.all([server.close(), teacher?.close()]);
  recorder?.close();
  await journal.close();
}

/** What is kept of what happens, and what is learned from it. */
function addKeeping(serve: Command): void {
  serve
    .option('--log <file>', 'write all that is said as JSON lines, - is standard output')
    .option('--state <folder>', 'keep events and unknown conversations there, for scriptgen events')
    .addOption(
      new Option('--state-size <size>', 'what they may take up; the oldest go first')
        .argParser(size)
        .default(DEFAULT_BOUNDS.size, sizeText(DEFAULT_BOUNDS.size)),
    )
    .addOption(
      new Option(
        '--refine-after <n>',
        `with --backend and --state: learn an activity when so many sessions with it were handed over; 0: never (default: ${REFINE_AFTER})`,
      ).argParser(wholeNumber(0)),
    )
    .option('--quarantine', 'put what is learned so aside until scriptgen approve lets it count')
    .option(
      '--replace <old=new>',
      'put another text for a secret of the real host in what is learned so (may be given again)',
      replacement,
    );
}

/** How much of everything. */
function addLimits(serve: Command): void {
  const amount = (flags: string, what: string, of: number): Option =>
    new Option(flags, what).argParser(size).default(of, sizeText(of));
  const time = (flags: string, what: string, of: number): Option =>
    new Option(flags, what).argParser(duration).default(of, durationText(of));
  serve
    .option('--max-connections <n>', 'sessions at a time', wholeNumber(1), DEFAULT_LIMITS.connections)
    .option('--max-per-source <n>', 'sessions at a time from one address', wholeNumber(1), DEFAULT_LIMITS.perSource)
    .addOption(amount('--max-received <size>', 'what one session may send', DEFAULT_LIMITS.received))
    .addOption(
      amount('--max-buffered <size>', 'what may wait for a client that does not read', DEFAULT_LIMITS.buffered),
    )
    .addOption(time('--idle <time>', 'end a silent connection after', DEFAULT_LIMITS.idle))
    .addOption(time('--udp-idle <time>', 'forget a silent UDP client after', DEFAULT_LIMITS.datagramIdle))
    .addOption(time('--max-time <time>', 'end a session after', DEFAULT_LIMITS.session));
}

/** Adds the command to the program. */
export function addServe(program: Command): void {
  const serve = program
    .command('serve')
    .summary('answer in the server’s place')
    .description('Emulates every service of a model, or of a capture that is learned at once, each on its own port.')
    .argument('<model>', 'folder that learn wrote, or a capture (- is standard input)')
    .requiredOption('--host <address>', 'address of this machine to listen at')
    .option(
      '--map <service=port>',
      'let a service listen at another port, as in tcp/21=2121; 0 is any free one (may be given again)',
      mapping,
    )
    .option('--delays', 'wait before answers as long as the recorded server did')
    .option('--seed <n>', 'make up the same values at every start', wholeNumber(0))
    .option('--json', 'print where the services listen as one JSON document')
    .addOption(
      new Option('--on-unknown <what>', 'what to do about a request that nothing known fits, where no real host helps')
        .choices(['nearest', 'silence', 'close'])
        .default('nearest', 'nearest: the nearest known answer, if there is one'),
    );
  addKeeping(serve);
  addLimits(serve);
  addBackend(serve);
  serve.addHelpText('after', EXAMPLES).action(run);
}
