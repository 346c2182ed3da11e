/** `scriptgen events`: what a state folder holds, for people and for programs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Option } from 'commander';
import type { Command } from 'commander';
import { printable } from '../bytes/bytes.js';
import { SEVERITIES } from '../events/severity.js';
import type { Severity } from '../events/severity.js';
import type { Alert } from '../events/index.js';
import { State } from '../store/index.js';
import type { Activity, EventFilter, StoredEvent } from '../store/index.js';
import { wrong } from './failure.js';
import { toLine } from './journal.js';
import { moment } from './options.js';
import { colour, columns, count, print } from './text.js';

interface Options {
  readonly since?: number;
  readonly severity?: Severity;
  readonly kind?: string;
  readonly source?: string;
  readonly service?: string;
  readonly activity?: string;
  readonly activities?: boolean;
  readonly each?: boolean;
  readonly follow?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ scriptgen events state
        one line for each group of like events
  $ scriptgen events state --severity warning --since 2h --each
        one line for each event of the last two hours
  $ scriptgen events state --activities
        what is done: paths through the machine, and new activities; how often, by how many
  $ scriptgen events state --follow --json | jq .
        as they come, one JSON object a line

docs/events.md says what each kind of event holds.`;

/** Milliseconds between two looks of --follow. */
const PAUSE = 300;
/** Bytes of a request, and sources, that a line shows. */
const SHOWN = 60;
const MOST_SOURCES = 3;

/** Events that are one line. */
interface Line {
  readonly latest: Alert;
  readonly count: number;
  readonly first: number;
  readonly sources: ReadonlySet<string>;
}

const clock = (time: number): string => new Date(time).toISOString().slice(0, 19).replace('T', ' ');

function paint(severity: Severity): string {
  if (severity === 'alert') return colour.red(severity);
  return severity === 'warning' ? colour.yellow(severity) : severity;
}

/** Where events that are like each other meet. */
function groupOf(alert: Alert): string {
  if (alert.event === 'rotated') return alert.event;
  if (alert.event === 'refined') return `${alert.event} ${alert.activity} ${alert.version ?? alert.why}`;
  const more = 'activity' in alert ? alert.activity : 'step' in alert ? `${alert.step} ${alert.why}` : alert.why;
  return `${alert.event} ${alert.service} ${more}`;
}

function whatOf(alert: Alert): string {
  switch (alert.event) {
    case 'unknown request':
    case 'near match':
    case 'out of order':
      return `${alert.event} ${colour.dim(alert.activity.slice(0, 8))} ${printable(alert.request, SHOWN)}`;
    case 'hand-over':
      return `hand-over ${alert.step}: ${alert.why}`;
    case 'refined': {
      const { activity, version, samples, states, waits, why } = alert;
      const learned = `version ${version ?? 0}${waits ? ', which waits for approval' : ''}: ${count(states, 'new state')}`;
      return `refined ${colour.dim(activity.slice(0, 8))} from ${count(samples, 'session')}: ${version === null ? why : learned}`;
    }
    case 'rotated':
      return `the oldest went: ${count(alert.conversations, 'conversation')}, ${count(alert.events, 'event')}`;
    case 'unexpected port':
    case 'turned away':
    case 'fault':
      return `${alert.event}: ${alert.why}`;
  }
}

/** What is behind the line, in words; null where there is no more to say. */
function detailOf(alert: Alert): string | null {
  if (!('path' in alert)) return null;
  const path = alert.path.length === 0 ? 'at the beginning' : `after states ${alert.path.join(' → ')}`;
  if (alert.event !== 'unknown request') return `${path}: ${alert.why}`;
  const { nearest } = alert;
  const near = nearest ? `; nearest is «${printable(nearest.example, SHOWN)}»: ${nearest.why}` : '';
  return `${path}: ${alert.why}${near}`;
}

function sourcesText(sources: ReadonlySet<string>): string {
  const all = [...sources].filter((source) => source !== '');
  const more = all.length > MOST_SOURCES ? ` and ${all.length - MOST_SOURCES} more` : '';
  return all.slice(0, MOST_SOURCES).join(', ') + more;
}

function lineText({ latest, count: n, first, sources }: Line): string {
  const times = n === 1 ? '' : ` ×${n} since ${clock(first)}`;
  const service = 'service' in latest ? `${latest.service} ` : '';
  const from = sourcesText(sources);
  const head = `${clock(latest.time)} ${paint(latest.severity)} ${service}${whatOf(latest)}${times}${from === '' ? '' : ` by ${from}`}`;
  const detail = detailOf(latest);
  return detail === null ? head : `${head}\n    ${colour.dim(detail)}`;
}

/** Like events become one line, in the order of the latest of each. */
function grouped(events: Iterable<StoredEvent>): Line[] {
  const lines = new Map<string, Line>();
  for (const { alert } of events) {
    const key = groupOf(alert);
    const before = lines.get(key);
    const sources = new Set(before?.sources);
    if ('source' in alert && sources.size < 1000) sources.add(alert.source);
    lines.delete(key);
    // The first of a group is the one that it is told by, the worst the one that it is coloured by.
    const worst = before && SEVERITIES.indexOf(before.latest.severity) > SEVERITIES.indexOf(alert.severity);
    const latest = worst ? { ...alert, severity: before.latest.severity } : alert;
    lines.set(key, { latest, count: (before?.count ?? 0) + 1, first: before?.first ?? alert.time, sources });
  }
  return [...lines.values()];
}

const lineOf = ({ id, conversation, alert }: StoredEvent): string => toLine({ ...alert, id, conversation });

/** One JSON document, written as it is read: a folder may hold more than fits into memory. */
function printDocument(state: State, filter: EventFilter): void {
  process.stdout.write('{\n  "events": [');
  let before = '\n    ';
  for (const event of state.events(filter)) {
    process.stdout.write(before + lineOf(event));
    before = ',\n    ';
  }
  process.stdout.write(`\n  ],\n  "counters": ${JSON.stringify(state.counters())}\n}\n`);
}

function show(state: State, filter: EventFilter, { each }: Options): void {
  const events = state.events(filter);
  if (each === true)
    for (const { alert } of events)
      print(
        lineText({
          latest: alert,
          count: 1,
          first: alert.time,
          sources: new Set('source' in alert ? [alert.source] : []),
        }),
      );
  else for (const line of grouped(events)) print(lineText(line));
}

/** Prints what comes, until the command is ended. */
async function follow(state: State, filter: EventFilter, options: Options): Promise<never> {
  let after = 0;
  for (;;) {
    const events = [...state.events({ ...filter, after })];
    after = events.at(-1)?.id ?? after;
    if (options.json === true) for (const event of events) print(lineOf(event));
    else if (options.each === true)
      for (const event of events) for (const line of grouped([event])) print(lineText(line));
    else for (const line of grouped(events)) print(lineText(line));
    await sleep(PAUSE);
  }
}

const KINDS = ['new', 'thin', 'known'] as const;

function activitiesOf(state: State, { since, source, service, activity, kind }: Options): Activity[] {
  const wanted = KINDS.find((each) => each === kind);
  if (kind !== undefined && wanted === undefined)
    throw wrong(`${kind} is no kind of activity; it can be ${KINDS.join(', ')}`);
  return state.activities({
    ...(since === undefined ? {} : { since }),
    ...(source === undefined ? {} : { source }),
    ...(service === undefined ? {} : { service }),
    ...(activity === undefined ? {} : { activity }),
    ...(wanted === undefined ? {} : { kind: wanted }),
  });
}

function printActivities(state: State, options: Options): void {
  const activities = activitiesOf(state, options);
  if (options.json === true) {
    const all = activities.map((each) => ({ ...each, bySource: state.sourcesOf(each.id) }));
    const dates = new Set(['first', 'last']);
    const plain = JSON.stringify({ activities: all }, (key, value: unknown) => {
      if (value instanceof Uint8Array) return printable(value);
      return dates.has(key) && typeof value === 'number' ? new Date(value).toISOString() : value;
    });
    print(plain);
    return;
  }
  const rows = activities.map(({ id, kind: begun, learned, service, count: n, sources, first, last, words }) => {
    const kind = learned === null ? begun : `learned (${learned})`;
    const short = words.length > SHOWN ? `${words.slice(0, SHOWN)}…` : words;
    return [id.slice(0, 8), kind, service, `${n}`, `${sources}`, clock(first), clock(last), short];
  });
  print(columns(['activity', 'kind', 'service', 'count', 'sources', 'first', 'last', 'what'], rows, [3, 4]));
}

async function run(folder: string, options: Options): Promise<void> {
  const { activities, follow: isFollowing, json, kind } = options;
  if (activities === true && isFollowing === true)
    throw wrong('--activities and --follow do not go together; --follow shows events');
  const state = await State.open(folder);
  try {
    if (activities === true) printActivities(state, options);
    else {
      const filter: EventFilter = options;
      if (kind === '') throw wrong('--kind needs a kind of event; docs/events.md lists them');
      if (isFollowing === true) await follow(state, filter, options);
      else if (json === true) printDocument(state, filter);
      else show(state, filter, options);
    }
  } finally {
    state.close();
  }
}

/** Adds the command to the program. */
export function addEvents(program: Command): void {
  program
    .command('events')
    .summary('what happened that was not as learned')
    .description('Lists events and activities that serve --state has kept, also while the server is at work.')
    .argument('<folder>', 'state folder')
    .option('--since <time>', 'from then on: a time ago such as 30m, 2h, 7d, or a date', moment)
    .addOption(new Option('--severity <severity>', 'at least').choices(SEVERITIES))
    .option('--kind <kind>', 'of this kind, as in "unknown request"')
    .option('--source <address>', 'by this client')
    .option('--service <service>', 'at this service, as in tcp/21')
    .option('--activity <id>', 'of this activity; the beginning of its id will do')
    .option('--activities', 'what was done instead: groups of like requests, and paths through the machine')
    .option('--each', 'a line for each event, not for each group of like ones')
    .option('--follow', 'go on with what comes')
    .option('--json', 'print one JSON document, or with --follow an object a line')
    .addHelpText('after', EXAMPLES)
    .action(run);
}
