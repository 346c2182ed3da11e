/**
 * A model and new sessions → the model with what is new in them [06]; pure and deterministic.
 *
 * What the model knows stays as it is: its classes, its states and what leads from one to the other. New
 * requests get classes and states behind those. The sessions that they came from are kept with the model;
 * the next refinement learns the last layer anew from them and its own, unless that would change what the
 * layer got right: then another layer is put behind it.
 */
import { groupConversations } from '../../capture/conversations.js';
import type { Session } from '../../capture/types.js';
import { serviceName } from '../../model/names.js';
import type { Model, Refinement } from '../../model/types.js';
import { relate } from '../sessions/data-sessions.js';
import { DEFAULTS, type LearnOptions } from '../index.js';
import { without } from './append.js';
import type { Emulated } from './follow.js';
import { byService, lookAt, type Look } from './look.js';
import { onto, type Refining } from './onto.js';
import { MOST_KEPT, pack, replaced, unpack } from './samples.js';
import { TRUST, type Trust } from './trust.js';

export type { Emulated, Found } from './follow.js';
export { TRUST, type Trust } from './trust.js';

export interface RefineOptions {
  /** For the provenance: captures or stores, and the time. */
  readonly from: readonly string[];
  readonly time: string;
  /** Bytes of the recorded host that are other ones here. */
  readonly replace: readonly (readonly [string, string])[];
  readonly trust: Partial<Trust>;
  /** Sessions of one service that have to hold something new; with fewer the model stays as it is. */
  readonly atLeast: number;
  /** Version number of the result; the next one if left out. */
  readonly version?: number;
}

/** What became of a service. */
export interface RefinedService {
  readonly service: string;
  readonly sessions: number;
  /** Of them those with a new request. */
  readonly holding: number;
  /** Requests of the new sessions. */
  readonly known: number;
  readonly new: number;
  /** Known requests that the host answered otherwise; their answers stay as they are. */
  readonly otherwise: number;
  readonly classes: number;
  readonly states: number;
  readonly remarks: readonly string[];
}

export interface RefineReport {
  readonly version: number;
  readonly services: readonly RefinedService[];
  /** Null where nothing was new. */
  readonly refinement: Refinement | null;
  /** The last layer was learned anew, together with the samples that it had been learned from. */
  readonly isAnew: boolean;
  /** Conversations that it was learned from, earlier ones included. */
  readonly samples: number;
}

/** Sources that the provenance names. */
const NAMED_SOURCES = 20;

/**
 * Refines a model with new sessions of the real host.
 *
 * @param emulated how the emulator matches and moves a service; learning does not know it
 */
export function refine(
  model: Model,
  sessions: readonly Session[],
  options: Partial<RefineOptions>,
  emulated: Emulated,
): { model: Model; refined: RefineReport } {
  const trust = { ...TRUST, ...options.trust };
  const kept = model.refined ? unpack(model.refined.samples) : [];
  const given = numbered(replaced(sessions, options.replace ?? []), kept.length);
  const look = lookAt(model.services, given, emulated);
  const tells = ({ id }: Session): boolean => look.newIn(id) > 0 || (trust.correct && look.otherwiseIn(id) > 0);
  const fresh = groupConversations(given).filter((c) => c.sessions.some(tells));
  const version = model.refined?.version ?? 1;
  const atLeast = options.atLeast ?? 0;
  const isEnough = [...byService(given).values()].some((its) => its.filter(tells).length >= atLeast);
  if (fresh.length === 0 || !isEnough) {
    const services = told(look, model, model);
    return { model, refined: { version, services, refinement: null, isAnew: false, samples: 0 } };
  }
  const refining: Refining = { options: optionsOf(model), trust, emulated, closed: model.refused ?? [] };
  const news = fresh.flatMap((c) => [...c.sessions]);
  const next = options.version ?? version + 1;
  const refinement = provenance(next, fresh, look, options);
  const finish = (services: Onto, layer: number, samples: Uint8Array, isAnew: boolean, count: number) => {
    const refinements = [...(model.refined?.refinements ?? []), refinement];
    const refined = { version: next, from: version, layer, refinements, samples };
    const result: Model = { ...model, services: services.services, refined };
    const remarks = services.remarks;
    const report = { version: next, services: told(look, model, result, remarks), refinement, isAnew, samples: count };
    return { model: result, refined: report };
  };
  const open = model.refined?.layer ?? 0;
  const all = numbered([...kept, ...news], 0);
  const packed = kept.length > 0 ? pack(all) : new Uint8Array(0);
  if (open > 0 && kept.length > 0 && packed.length <= MOST_KEPT) {
    const base = without(model.services, open);
    const result = onto(base, relate(all), open, refining);
    if (stillRight(model, result.services, kept, emulated))
      return finish(result, open, packed, true, groupConversations(all).length);
  }
  const result = onto(model.services, relate(numbered(news, 0)), open + 1, refining);
  return finish(result, open + 1, pack(news), false, fresh.length);
}

type Onto = ReturnType<typeof onto>;

function numbered(sessions: readonly Session[], from: number): Session[] {
  return [...sessions]
    .sort((a, b) => a.start - b.start || a.id - b.id)
    .map((session, i) => ({ ...session, id: from + i }));
}

/** Whether what was right in the samples of the last layer is right still. */
function stillRight(before: Model, services: Model['services'], kept: readonly Session[], emulated: Emulated): boolean {
  const was = lookAt(before.services, kept, emulated).right;
  const is = lookAt(services, kept, emulated).right;
  return [...was].every((place) => is.has(place));
}

function provenance(
  version: number,
  fresh: ReturnType<typeof groupConversations>,
  look: Look,
  { from = [], time = '' }: Partial<RefineOptions>,
): Refinement {
  const requests = new Map<string, number>();
  for (const { client, sessions } of fresh) {
    const count = sessions.reduce((sum, s) => sum + look.newIn(s.id), 0);
    requests.set(client, (requests.get(client) ?? 0) + count);
  }
  const sources = [...requests].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return {
    version,
    time,
    from,
    conversations: fresh.length,
    requests: sources.reduce((sum, [, count]) => sum + count, 0),
    sources: sources.slice(0, NAMED_SOURCES).map(([address, count]) => ({ address, requests: count })),
    moreSources: Math.max(0, sources.length - NAMED_SOURCES),
  };
}

function told(
  look: Look,
  before: Model,
  after: Model,
  remarks: ReadonlyMap<string, readonly string[]> = new Map(),
): RefinedService[] {
  const size = (model: Model, name: string): { classes: number; states: number } => {
    const service = model.services.find((s) => serviceName(s) === name);
    return { classes: service?.classes.length ?? 0, states: service?.states.length ?? 0 };
  };
  return look.services.map((service) => {
    const [was, is] = [size(before, service.service), size(after, service.service)];
    const grown = { classes: is.classes - was.classes, states: is.states - was.states };
    return { ...service, ...grown, remarks: remarks.get(service.service) ?? [] };
  });
}

/** The options that the model was learned with. */
function optionsOf({ options }: Model): LearnOptions {
  const known = Object.entries(DEFAULTS).map(([name, usual]: [string, unknown]): [string, unknown] => {
    const value = options[name];
    return [name, typeof value === typeof usual ? value : usual];
  });
  return { ...DEFAULTS, ...Object.fromEntries(known) };
}
