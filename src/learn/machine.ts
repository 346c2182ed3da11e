/**
 * The dialogs of one service → its machine.
 *
 * A state is a class of requests together with one kind of answer to it; paths of the trie of
 * [05 §2.3] that end alike share their end from the start. Which state a request leads to is told by
 * a tree of questions about the request and about the states before (`select`).
 */
import { EMPTY, concat } from '../bytes/bytes.js';
import type { Session, Transport } from '../capture/types.js';
import { asRead } from '../model/coding.js';
import { isSignal } from '../model/signals.js';
import type { Choice, Codings, Framing, Named, RequestClass, ServiceModel, Training } from '../model/types.js';
import { gatherAlike } from './classes/alike.js';
import { datagramsApart, framesApart } from './dialogs/apart.js';
import { answersAsMeant, findCodings } from './dialogs/coding.js';
import { classify, clusterRequests, type Grouping, type Request } from './classes/classes.js';
import type { Visits } from './sessions/dependencies.js';
import { firstFrames, framedAnswers, keyOf, toDialogs, type Dialog, type Exchange } from './dialogs/exchanges.js';
import { learnFraming } from './dialogs/framing.js';
import { commonLineEnd } from './dialogs/line-ends.js';
import { learnRequests, type Said } from './dialogs/openings.js';
import type { MachineOptions } from './options.js';
import { peeled, usualAnswers } from './dialogs/pipelines.js';
import { findRegisters } from './registers/find.js';
import { withRegisters } from './registers/used.js';
import { differentRequests, labelByAnswer, labelRoughly } from './classes/requests.js';
import { classified, type Row } from './rows.js';
import { sharedBy, type Shared } from './shared.js';
import { spread } from './spread.js';
import { StateBuilder } from './states.js';
import { answersOthers, endOfTyped, withHidden, withLines } from './dialogs/typed.js';
import { closedIn, codeOffset, findVerb } from './classes/verb.js';

export interface ServiceInput {
  readonly transport: Transport;
  readonly port: number;
  readonly server: string;
  readonly named?: Named;
  readonly sessions: readonly Session[];
  readonly training: Omit<Training, 'remarks'>;
}

/** Learns the machine of one service. */
export function learnMachine(
  input: ServiceInput,
  told: MachineOptions,
  stage: (name: string, done: number) => void,
): { service: ServiceModel; visits: Visits } {
  const remarks: string[] = [];
  stage('framing', 0);
  const { dialogs: asked, framing } = framed(input);
  const options = { ...told, framing };
  stage('classes', 0.1);
  const shared = sharedBy(asked, options);
  const { dialogs, groupings } = grouped(asked, options, shared, remarks);
  const rows = classified(dialogs, groupings);
  const registers = findRegisters(rows, (id) => groupings[id]?.regions ?? [], options);
  const builder = new StateBuilder(groupings, rows, options, remarks, true, undefined, shared);
  stage('answers', 0.3);
  builder.opening();
  const groups = builder.groups();
  groups.forEach((group, i) => {
    stage('answers', 0.3 + (0.4 * i) / groups.length);
    builder.answersOf(group);
  });
  builder.placeOthers();
  stage('choices', 0.7);
  const selects = builder.selects();
  const states = withHidden(builder.states(), rows, framing);
  const verb = findVerb(rows, groupings, states);
  const classes = groupings.map((grouping, id) =>
    toClass(grouping, id, selects, grouping.requests.some(isHeard) ? {} : closedIn(grouping, verb)),
  );
  const service: ServiceModel = withRegisters(registers, {
    transport: input.transport,
    port: input.port,
    server: input.server,
    ...(input.named ? { named: input.named } : {}),
    framing,
    classes,
    states,
    training: { ...input.training, remarks: [...remarks, ...thinEvidence(classes)] },
  });
  return { service, visits: visitsOf(rows) };
}

/** The requests of all dialogs in groups and classes, and the dialogs with each answer at the request that it answers. */
function grouped(
  asked: readonly Dialog[],
  options: MachineOptions & { readonly framing: Framing },
  shared: Shared,
  remarks: string[],
): { readonly dialogs: readonly Dialog[]; readonly groupings: readonly Grouping[] } {
  const { framing } = options;
  const code = codeOffset(asked, framing.length);
  const all = differentRequests(asked, options, remarks, code);
  const contents = framing.untilEnd ? contentsOf(asked) : new Set<string>();
  const requests = all.filter((r) => !contents.has(keyOf(r.bytes)));
  const uploads = all.filter((r) => contents.has(keyOf(r.bytes)));
  // in one session much stands still that is no part of how requests are built: nothing is put together over it
  const several = asked.length > 1 ? shared.tables : [];
  const forms = several.map((table) => table.form);
  const [heard, said] = [requests.filter(isHeard), requests.filter((r) => !isHeard(r))];
  const signals = clusterRequests(heard, options, remarks);
  const spoken = gatherAlike(clusterRequests(said, options, remarks, forms, code), asked, options, shared);
  const clusters = withUploads(joined(spoken, signals), uploads);
  const usual = usualAnswers(clusters, asked, code);
  const dialogs = asked.map((dialog) => framedAnswers(peeled(dialog, usual), framing.answers));
  const heads = dialogs.map(firstFrames);
  labelRoughly(all, heads);
  labelByAnswer(clusters, heads, options, { ...shared, tables: several });
  const asking = clusters.filter(({ requests: its }) => its !== uploads && !its.some(isHeard));
  const groupings = withUploads(joined(classify(asking, options, code), classify(signals, options)), uploads);
  return { dialogs, groupings };
}

/** A class as it stands in the model. */
export function toClass(
  grouping: Grouping,
  id: number,
  selects: ReadonlyMap<number, Choice<number>>,
  more: Pick<RequestClass, 'closed'> = {},
): RequestClass {
  return {
    id,
    group: grouping.group,
    regions: grouping.regions,
    samples: grouping.requests.reduce((sum, r) => sum + r.count, 0),
    distinct: grouping.requests.length,
    example: grouping.requests[0]?.bytes ?? EMPTY,
    ...seenOf(grouping),
    ...more,
    select: selects.get(id) ?? { kind: 'leaf', value: 0, samples: 0, wrong: 0 },
  };
}

const isHeard = ({ bytes }: Request): boolean => isSignal(bytes);

/** Groupings behind others, with groups of their own. */
export function joined(groupings: readonly Grouping[], more: readonly Grouping[]): readonly Grouping[] {
  const from = groupings.reduce((most, g) => Math.max(most, g.group + 1), 0);
  return [
    ...groupings,
    ...more.map((g) => ({ ...g, group: from + g.group, ...(g.with === undefined ? {} : { with: from + g.with }) })),
  ];
}

/** When each session reached which state. */
export function visitsOf(rows: readonly Row[]): Visits {
  return new Map(
    rows.map(({ dialog, said }) => [
      dialog.session,
      said.map(({ time, asked = time, request, state }) => ({
        time: time / 1000,
        asked: asked / 1000,
        request,
        state,
      })),
    ]),
  );
}

/** What clients send in data sessions, behind the cause. */
export function contentsOf(dialogs: readonly Dialog[]): Set<string> {
  return new Set(dialogs.flatMap((d) => d.exchanges.slice(2).map((e) => keyOf(e.request))));
}

/** With a class of its own for contents: what is in them decides nothing, and any other is taken as well. */
export function withUploads(groupings: readonly Grouping[], uploads: readonly Request[]): readonly Grouping[] {
  if (uploads.length === 0) return groupings;
  const group = groupings.reduce((most, g) => Math.max(most, g.group), -1) + 1;
  const lengths = uploads.map((r) => r.bytes.length).sort((a, b) => a - b);
  const region = { kind: 'mutating', type: 'binary', min: lengths[0] ?? 0, max: lengths.at(-1) ?? 0 } as const;
  return [...groupings, { group, regions: [region], requests: uploads }];
}

function framed(input: ServiceInput): { dialogs: Dialog[]; framing: Framing } {
  const dialogs = toDialogs(input.sessions);
  if (input.transport === 'udp') return asMeant(datagramsApart(dialogs), { silence: 0 });
  if (input.named && dialogs.every((d) => d.exchanges.slice(2).every((e) => e.messages.length === 0)))
    return { dialogs, framing: { silence: 0, untilEnd: true } };
  const end = input.named ? null : endOfTyped(dialogs);
  if (end) return typedIn(dialogs, end);
  const said = dialogs.map(saidIn);
  const isWhole = input.named === undefined;
  const asked = learnRequests(said, isWhole);
  const answers = answersFramed(dialogs, asked);
  const requests = asked.length || !answers.length ? asked : learnRequests(said, isWhole, answers.length);
  const framing = answers.length ? { ...requests, answers: answers.length } : requests;
  const cut = framesApart(dialogs, framing);
  const lineEnd = framing.length ? undefined : commonLineEnd(cut);
  const known = lineEnd ? { ...framing, lineEnd } : framing;
  return asMeant(
    cut.map((d) => withLineEnds(d, known)),
    known,
  );
}

/** Dialogs of lines that are typed. */
function typedIn(dialogs: readonly Dialog[], end: Uint8Array): { dialogs: Dialog[]; framing: Framing } {
  const lines = dialogs.map((dialog) => withLines(dialog, end));
  const typed = { others: answersOthers(lines, end) };
  const framing: Framing = { delimiter: end, typed, silence: learnFraming([]).silence };
  return { dialogs: framesApart(lines, framing), framing };
}

/** Framing of what the server says; where clients begin with something of another form, the server's first answer may be one as well. */
function answersFramed(dialogs: readonly Dialog[], asked: Framing): Framing {
  const all = learnFraming(
    dialogs.flatMap((d) => d.exchanges.flatMap((e) => e.messages)),
    asked.length,
  );
  if (all.length || !(asked.opening ?? asked.openingEnd)) return all;
  return learnFraming(
    dialogs.flatMap((d) => d.exchanges.flatMap((e) => e.messages).slice(1)),
    asked.length,
  );
}

/** Dialogs of what was meant, where what was said is a coding of it. */
function asMeant(dialogs: Dialog[], plain: Framing): { dialogs: Dialog[]; framing: Framing } {
  const coding = findCodings(dialogs, plain);
  if (!coding) return { dialogs, framing: plain };
  const framing = { ...withoutChecked(plain, coding), coding };
  return { dialogs: dialogs.map((d) => answersAsMeant(withLineEnds(d, framing), framing)), framing };
}

/** Framing without the lengths of what is cut into blocks: they count what is in the blocks, as far as all were short. */
function withoutChecked(framing: Framing, { requests, answers }: Codings): Framing {
  const { length, answers: told, ...rest } = framing;
  return {
    ...rest,
    ...(length && requests?.how.kind !== 'checked' ? { length } : {}),
    ...(told && answers?.how.kind !== 'checked' ? { answers: told } : {}),
  };
}

/** What the client said in a dialog. */
function saidIn({ exchanges }: Dialog): Said[] {
  return exchanges
    .slice(1)
    .filter((e) => !e.isSignal && e.request.length > 0)
    .map(({ request, messages }) => ({ bytes: request, answer: messages.length > 0 ? concat(messages) : null }));
}

/** The dialog with its requests as they are read. */
export function withLineEnds(dialog: Dialog, framing: Framing): Dialog {
  if (!framing.lineEnd && !framing.coding) return dialog;
  const read = (e: Exchange) => (e.isSignal ? e : { ...e, request: asRead(framing, e.request) });
  return { ...dialog, exchanges: dialog.exchanges.map(read) };
}

/** Requests of a class that are kept for refinements, and the length of the longest of them. */
const MOST_SEEN = 40;
const SEEN_LENGTH = 256;

/** Some requests of a class, so that later it is known what was known. */
function seenOf({ requests }: Grouping): Pick<RequestClass, 'seen'> {
  const short = requests.slice(1).filter(({ bytes }) => bytes.length <= SEEN_LENGTH);
  return short.length === 0 ? {} : { seen: spread(short, MOST_SEEN).map(({ bytes }) => bytes) };
}

function thinEvidence(classes: readonly RequestClass[]): string[] {
  const thin = classes.filter((c) => c.distinct <= 2 && c.samples < 3).length;
  return thin === 0
    ? []
    : [
        `${thin} of ${classes.length} classes rest on one or two requests: what varies in them can not be told for sure; more sessions with other values would settle it.`,
      ];
}
