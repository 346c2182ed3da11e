/**
 * One service refined [06]: only requests that it did not know are analysed, with the same means as in
 * learning; what they are and what they lead to is put behind what the machine has.
 */
import type { Session } from '../../capture/types.js';
import { matchRegions, fixedBytes } from '../../model/match.js';
import type { Choice, RequestClass, ServiceModel, State, Transition } from '../../model/types.js';
import { datagramsApart, framesApart } from '../dialogs/apart.js';
import { answersAsMeant } from '../dialogs/coding.js';
import { classify, clusterRequests, type Grouping, type Request } from '../classes/classes.js';
import type { Visits } from '../sessions/dependencies.js';
import { firstFrames, framedAnswers, keyOf, toDialogs, type Dialog } from '../dialogs/exchanges.js';
import { learnFraming } from '../dialogs/framing.js';
import { withLines } from '../dialogs/typed.js';
import { contentsOf, joined, toClass, visitsOf, withLineEnds, withUploads } from '../machine.js';
import type { MachineOptions } from '../options.js';
import { peeled, usualAnswers } from '../dialogs/pipelines.js';
import { differentRequests, labelRoughly, labelRowsByAnswer } from '../classes/requests.js';
import type { Row } from '../rows.js';
import { sharedBy } from '../shared.js';
import { StateBuilder, type Known } from '../states.js';
import { transitionsIn } from '../choices/transitions.js';
import type { Addition } from './append.js';
import { follow, NEW, type Emulated } from './follow.js';
import { otherwise } from './otherwise.js';
import { provenIn } from './proven.js';
import { beyondShare, beyondSource, bytesOf, placeOf, withinGrowth, type Places, type Trust } from './trust.js';

/** What is new in some sessions of a service. */
export interface News {
  readonly addition: Addition;
  readonly visits: Visits;
  readonly remarks: readonly string[];
}

/** The sessions of a service beside what it knows. */
export interface Beside {
  readonly rows: readonly Row[];
  readonly dialogs: readonly Dialog[];
}

/** Which requests of some sessions a service does not know. */
export function beside(service: ServiceModel, sessions: readonly Session[], emulated: Emulated): Beside {
  const dialogs = framed(service, sessions);
  const cut = dialogs.map((dialog) => framedAnswers(dialog, service.framing.answers));
  return { dialogs, rows: follow(service, cut, emulated.find(service)) };
}

/** Learns what is new in sessions of a service, recorded at the service's own address. */
export function learnNews(
  service: ServiceModel,
  { dialogs: asked, rows: first }: Beside,
  told: MachineOptions,
  trust: Trust,
  emulated: Emulated,
): News | null {
  const options = { ...told, framing: service.framing };
  const remarks: string[] = [];
  const beyond = beyondSource(first, trust);
  const cluster = () => clustered(service, first, beyond, options);
  const roughly = cluster();
  const isLess = beyondShare(first, roughly.all, beyond, trust);
  const { requests, clusters, uploads, remarks: cut } = isLess ? cluster() : roughly;
  remarks.push(...cut);
  if (beyond.size > 0) remarks.push(`${beyond.size} requests were left out: more of one source than is believed.`);
  const usual = usualAnswers([...clusters, ...knownRequests(service, first)], asked, null);
  const dialogs = asked.map((dialog) => framedAnswers(peeled(dialog, usual), service.framing.answers));
  const heads = dialogs.map(firstFrames);
  labelRoughly(
    requests,
    heads.map((dialog, d) => believed(dialog, first[d], beyond)),
  );

  const find = emulated.find(service);
  const already = alreadyIn(service);
  const known = service.classes.map(({ group, regions }): Grouping => ({ group, regions, requests: [] }));
  const behind = (groupings: readonly Grouping[]): readonly Grouping[] => joined(known, groupings);
  const place = (groupings: readonly Grouping[], of = dialogs) =>
    placed(follow(service, of, find), groupings, known.length, beyond);
  const rough = behind(withUploads(clusters, uploads));
  const shared = sharedBy(asked, options);
  labelRowsByAnswer(rough, place(rough, heads), options, already, shared);
  const bounded = { ...options, maxStates: Math.min(options.maxStates, service.states.length + 4 * trust.maxGrowth) };
  const build = (groupings: readonly Grouping[]): Built => {
    const rows = place(groupings);
    const builder = new StateBuilder(groupings, rows, bounded, remarks, true, already, shared);
    for (const group of builder.groups()) builder.answersOf(group);
    builder.placeOthers();
    const branches = otherwise(service, rows, builder, trust.correct);
    const selects = builder.selects();
    const classes = groupings.slice(known.length).map((g, i) => toClass(g, known.length + i, selects));
    return { rows, classes, states: builder.states(), transitions: transitionsIn(rows), selects: branches };
  };
  const all = withUploads(classify(clusters, options), uploads);
  let groupings = withinGrowth(all, first, trust, remarks);
  let built = build(behind(groupings));
  const small = withinBytes(groupings, built, known.length, trust, remarks);
  if (small.length < groupings.length) {
    groupings = small;
    built = build(behind(groupings));
  }
  const { rows, classes, states, selects } = built;
  if (classes.length === 0 && selects.size === 0) return null;
  const transitions = newTransitions(built.transitions, service);
  return { addition: { classes, states, transitions, selects }, visits: visitsOf(rows), remarks };
}

interface Built {
  readonly rows: readonly Row[];
  readonly classes: readonly RequestClass[];
  readonly states: readonly State[];
  readonly transitions: ReadonlyMap<number, readonly Transition[]>;
  readonly selects: ReadonlyMap<number, Choice<number>>;
}

/** The new requests in macroclusters, and contents that clients sent apart. */
function clustered(service: ServiceModel, rows: readonly Row[], beyond: Places, options: MachineOptions) {
  const remarks: string[] = [];
  const fresh = rows.map((row) => onlyNew(row, beyond));
  const requests = differentRequests(fresh, options, remarks);
  const contents = service.framing.untilEnd ? contentsOf(fresh) : new Set<string>();
  const uploads = requests.filter((r) => contents.has(keyOf(r.bytes)));
  const clusters = clusterRequests(
    requests.filter((r) => !contents.has(keyOf(r.bytes))),
    options,
    remarks,
  );
  return { requests, clusters, uploads, all: withUploads(clusters, uploads), remarks };
}

/** The classes whose answers fit into the model, the smallest first. */
function withinBytes(
  groupings: readonly Grouping[],
  { classes, states }: Built,
  from: number,
  { maxBytes }: Trust,
  remarks: string[],
): Grouping[] {
  const sizes = new Map<number, number>();
  for (const { id, regions, example } of classes) sizes.set(id - from, example.length + fixedBytes(regions));
  for (const state of states) {
    const [first] = state.classes;
    if (first !== undefined) sizes.set(first - from, (sizes.get(first - from) ?? 0) + bytesOf(state));
  }
  const kept = new Set<number>();
  let sum = 0;
  for (const [i, bytes] of [...sizes].sort((a, b) => a[1] - b[1] || a[0] - b[0]))
    if ((sum += bytes) <= maxBytes) kept.add(i);
  if (kept.size < groupings.length)
    remarks.push(
      `${groupings.length - kept.size} new classes were left out: their answers are too long (--max-growth).`,
    );
  return groupings.filter((_, i) => kept.has(i));
}

function framed(service: ServiceModel, sessions: readonly Session[]): Dialog[] {
  const { framing } = service;
  const said = toDialogs(sessions);
  const { typed, delimiter } = framing;
  const dialogs = typed && delimiter ? said.map((dialog) => withLines(dialog, delimiter)) : said;
  const asMeant = (d: Dialog) => answersAsMeant(withLineEnds(d, framing), framing);
  if (service.transport === 'udp') return datagramsApart(dialogs).map(asMeant);
  if (framing.untilEnd) return dialogs;
  const length = framing.answers ?? learnFraming(dialogs.flatMap((d) => d.exchanges.flatMap((e) => e.messages))).length;
  return framesApart(dialogs, framing, length).map(asMeant);
}

/** The dialog with the exchanges alone whose requests are not known. */
function onlyNew(row: Row, beyond: Places): Dialog {
  const isNew = (at: number): boolean => row.said[at]?.class === NEW && !beyond.has(placeOf(row, at));
  return { ...row.dialog, exchanges: row.dialog.exchanges.filter((_, at) => at === 0 || isNew(at)) };
}

/** The dialog without what is too much of one source. */
function believed(dialog: Dialog, row: Row | undefined, beyond: Places): Dialog {
  if (!row || beyond.size === 0) return dialog;
  return { ...dialog, exchanges: dialog.exchanges.filter((_, at) => !beyond.has(placeOf(row, at))) };
}

/** Known classes with the requests of theirs that were said in these sessions. */
function knownRequests(service: ServiceModel, rows: readonly Row[]): Grouping[] {
  const said = new Map<number, Map<string, Request>>();
  for (const { said: its } of rows) {
    for (const { class: id, request: bytes } of its) {
      if (id === NEW) continue;
      const known = said.get(id) ?? new Map<string, Request>();
      const request = { bytes, shape: bytes, count: 1, labels: new Map(), after: new Map(), kinds: new Map() };
      said.set(id, known.set(keyOf(bytes), request));
    }
  }
  return [...said].flatMap(([id, requests]): Grouping[] => {
    const of = service.classes[id];
    return of ? [{ group: of.group, regions: of.regions, requests: [...requests.values()] }] : [];
  });
}

function alreadyIn(service: ServiceModel): Known {
  return { classes: service.classes.length, states: service.states.length, proven: provenIn(service) };
}

/** The rows with new requests in their classes. */
function placed(rows: Row[], groupings: readonly Grouping[], from: number, beyond: Places): Row[] {
  const known = new Map<string, number>();
  groupings.forEach(({ requests }, id) => {
    for (const { bytes } of requests) known.set(keyOf(bytes), id);
  });
  for (const row of rows) {
    row.said.forEach((exchange, at) => {
      if (at === 0 || exchange.class !== NEW || beyond.has(placeOf(row, at))) return;
      const id = known.get(keyOf(exchange.request)) ?? bestOf(groupings, from, exchange.request);
      const grouping = groupings[id];
      if (!grouping) return;
      exchange.class = id;
      exchange.group = grouping.group;
      exchange.edges =
        matchRegions(grouping.regions, exchange.request) ?? matchRegions(grouping.regions, exchange.request, true);
    });
  }
  return rows;
}

function bestOf(groupings: readonly Grouping[], from: number, request: Uint8Array): number {
  let best = -1;
  let most = -1;
  for (let id = from; id < groupings.length; id++) {
    const regions = groupings[id]?.regions ?? [];
    const fixed = fixedBytes(regions);
    if (fixed > most && matchRegions(regions, request)) [best, most] = [id, fixed];
  }
  return best;
}

/** From states that there were only what leads to new ones: known transitions stay as they are [06]. */
function newTransitions(
  all: ReadonlyMap<number, readonly Transition[]>,
  service: ServiceModel,
): Map<number, readonly Transition[]> {
  const states = service.states.length;
  return new Map(
    [...all]
      .filter(([from]) => from < states)
      .map(([from, its]) => [from, its.filter(({ to, class: id }) => to >= states || id >= service.classes.length)]),
  );
}
