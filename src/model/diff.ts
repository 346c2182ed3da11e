/**
 * What changed from one model to another, for people: services, classes, states and transitions that came,
 * went or became something else.
 *
 * Numbers mean nothing across two models, so parts are recognised by what they are: a class by its regions,
 * a state by its answer and the classes that lead to it. What is left over is paired where it is evidently
 * the same thing changed: classes with the same example, states reached by the same classes.
 */
import { toLatin1 } from '../bytes/bytes.js';
import { serviceName } from './names.js';
import type { Model, RequestClass, ServiceModel, State } from './types.js';
import { pieceLines } from './rule-words.js';
import { classText } from './words.js';

/** How one kind of part differs, in words. */
export interface Difference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly { readonly before: string; readonly after: string }[];
}

/** How one service differs; `added` and `removed` for a whole one. */
export interface ServiceDifference {
  readonly service: string;
  readonly kind: 'added' | 'removed' | 'changed' | 'same';
  readonly classes: Difference;
  readonly states: Difference;
  readonly transitions: Difference;
}

const NONE: Difference = { added: [], removed: [], changed: [] };
/** Characters of a region or an answer in one line. */
const SHOWN = 60;

/** A part under the name by which it is recognised, and under the one by which it is paired where that fails. */
interface Named {
  readonly key: string;
  readonly pair: string;
  readonly text: string;
}

/** The answer without the counts of its samples, which change with every session. */
function answerKey(state: State): string {
  const pieces = state.answer.map(({ pieces: its, freshPort }) =>
    JSON.stringify([
      its.map((piece) => pieceLines(piece).map((line) => line.replace(/ — as in .*$|\(\d+ of \d+ samples\)$/, ''))),
      freshPort,
    ]),
  );
  return `${pieces.join()} ${state.close}`;
}

function answerText(state: State): string {
  const [first] = state.answer[0]?.pieces ?? [];
  const text = first === undefined ? 'says nothing' : (pieceLines(first)[0] ?? '').replace(/ — as in .*$/, '');
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** Names that are not unique get a number, in the order of the model. */
function numbered(parts: readonly Named[]): Named[] {
  const seen = new Map<string, number>();
  return parts.map((part) => {
    const n = (seen.get(part.key) ?? 0) + 1;
    seen.set(part.key, n);
    return n === 1 ? part : { ...part, key: `${part.key} #${n}` };
  });
}

function nameClasses(service: ServiceModel): Named[] {
  return numbered(
    service.classes.map((requests: RequestClass) => {
      const key = classText(requests, Infinity).replace(/M\([^)]*\)/g, 'M()');
      return { key, pair: toLatin1(requests.example), text: classText(requests, SHOWN) };
    }),
  );
}

function nameStates(service: ServiceModel, classes: readonly Named[]): Named[] {
  return numbered(
    service.states.map((state) => {
      const reached =
        state.id === 0
          ? 'the opening'
          : state.classes
              .map((id) => classes[id]?.key ?? '')
              .sort()
              .join(' or ');
      return { key: `${answerKey(state)} ${reached}`, pair: reached, text: answerText(state) };
    }),
  );
}

function nameTransitions(service: ServiceModel, classes: readonly Named[], states: readonly Named[]): Named[] {
  return service.states.flatMap((state, from) =>
    state.transitions.map((transition) => {
      const parts = [states[from], classes[transition.class], states[transition.to]];
      const key = JSON.stringify(parts.map((part) => part?.key));
      return { key, pair: key, text: parts.map((part) => part?.text ?? '?').join(' → ') };
    }),
  );
}

interface Comparison {
  readonly difference: Difference;
  /** Parts of the later model under the names of those that they were. */
  readonly renamed: ReadonlyMap<Named, Named>;
}

function compare(before: readonly Named[], after: readonly Named[]): Comparison {
  const known = new Set(before.map((part) => part.key));
  const kept = new Set(after.map((part) => part.key));
  const removed = before.filter((part) => !kept.has(part.key));
  const added = after.filter((part) => !known.has(part.key));
  const changed: { before: string; after: string }[] = [];
  const renamed = new Map<Named, Named>();
  const gone = new Set(removed);
  for (const old of removed) {
    const young = added.find((part) => part.pair === old.pair && !renamed.has(part));
    if (young === undefined) continue;
    gone.delete(old);
    renamed.set(young, old);
    changed.push({ before: old.text, after: young.text });
  }
  const texts = (parts: Iterable<Named>): string[] => [...parts].map((part) => part.text);
  return {
    difference: { added: texts(added.filter((part) => !renamed.has(part))), removed: texts(gone), changed },
    renamed,
  };
}

/** The parts of the later model, those that only changed under their old names, so that what refers to them is the same. */
function withOldNames(parts: readonly Named[], { renamed }: Comparison): Named[] {
  return parts.map((part) => ({ ...part, key: renamed.get(part)?.key ?? part.key }));
}

function isSame({ added, removed, changed }: Difference): boolean {
  return added.length + removed.length + changed.length === 0;
}

/** How two versions of one service differ. */
function diffServices(before: ServiceModel, after: ServiceModel): ServiceDifference {
  const oldClasses = nameClasses(before);
  const newClasses = nameClasses(after);
  const classes = compare(oldClasses, newClasses);
  const knownClasses = withOldNames(newClasses, classes);
  const oldStates = nameStates(before, oldClasses);
  const newStates = nameStates(after, knownClasses);
  const states = compare(oldStates, newStates);
  const knownStates = withOldNames(newStates, states);
  const transitions = compare(
    nameTransitions(before, oldClasses, oldStates),
    nameTransitions(after, knownClasses, knownStates),
  );
  const differences = { classes: classes.difference, states: states.difference, transitions: transitions.difference };
  const kind = Object.values(differences).every(isSame) ? 'same' : 'changed';
  return { service: serviceName(after), kind, ...differences };
}

/** How two models differ, service by service, in the order of their names. */
export function diffModels(before: Model, after: Model): ServiceDifference[] {
  const old = new Map(before.services.map((service) => [serviceName(service), service]));
  const young = new Map(after.services.map((service) => [serviceName(service), service]));
  const names = [...new Set([...old.keys(), ...young.keys()])].sort();
  return names.map((service) => {
    const [was, is] = [old.get(service), young.get(service)];
    if (was !== undefined && is !== undefined) return diffServices(was, is);
    return { service, kind: was === undefined ? 'added' : 'removed', classes: NONE, states: NONE, transitions: NONE };
  });
}

function lines(what: string, { added, removed, changed }: Difference): string[] {
  return [
    ...removed.map((text) => `  - ${what} ${text}`),
    ...changed.flatMap(({ before, after }) =>
      before === after
        ? [`  ~ ${what} ${after}`]
        : [`  ~ ${what} ${before}`, `    ${' '.repeat(what.length)} ${after}`],
    ),
    ...added.map((text) => `  + ${what} ${text}`),
  ];
}

/** The difference in lines: `+` came, `-` went, `~` became something else. */
export function explainDifference(differences: readonly ServiceDifference[]): string[] {
  return differences.flatMap(({ service, kind, classes, states, transitions }) => {
    if (kind === 'added') return [`+ ${service}`];
    if (kind === 'removed') return [`- ${service}`];
    if (kind === 'same') return [`  ${service}: no difference`];
    return [`~ ${service}`, ...lines('class', classes), ...lines('state', states), ...lines('transition', transitions)];
  });
}
