/** Services with what is new in some sessions as a layer behind what they have, and with services that were never seen. */
import type { Session } from '../../capture/types.js';
import { serviceName } from '../../model/names.js';
import type { Opened, ServiceModel, State } from '../../model/types.js';
import { withFeeding } from '../sessions/data-sessions.js';
import { withOpeners, type Visits } from '../sessions/dependencies.js';
import { inTime, learnService, type LearnOptions } from '../index.js';
import { visitsOf } from '../machine.js';
import { append, appended, type Addition } from './append.js';
import type { Emulated } from './follow.js';
import { byService, isSound, serverOf } from './look.js';
import { beside, learnNews } from './service.js';
import type { Trust } from './trust.js';

/** What does not change from service to service. */
export interface Refining {
  readonly options: LearnOptions;
  readonly trust: Trust;
  readonly emulated: Emulated;
  /** Ports that refused connections in training. */
  readonly closed: readonly string[];
}

interface Learned {
  readonly services: ServiceModel[];
  readonly remarks: Map<string, readonly string[]>;
}

/** The services with the layer `number` of what is new in sessions that were made ready (`relate`). */
export function onto(
  base: readonly ServiceModel[],
  related: readonly Session[],
  number: number,
  refining: Refining,
): Learned {
  const visits = new Map<string, Visits>();
  const remarks = new Map<string, readonly string[]>();
  const services = [...base];
  for (const [name, its] of byService([...related].sort(inTime))) {
    const at = services.findIndex((s) => serviceName(s) === name);
    const known = services[at];
    if (known) {
      const news = ofKnown(known, its.filter(isSound), number, refining);
      if (!news) continue;
      services[at] = news.service;
      visits.set(name, news.visits);
      remarks.set(name, news.remarks);
    } else {
      const learned = learnService(its, refining.options, () => undefined);
      if (!learned) continue;
      services.push(appended(learned.service, number));
      visits.set(name, learned.visits);
      remarks.set(name, learned.service.training.remarks);
    }
  }
  const connected = withFeeding(withOpeners(services, related, visits, refining.closed), related, visits);
  const before = new Map(base.map((s) => [serviceName(s), s]));
  return { services: connected.map((s) => asBefore(s, before, number)), remarks };
}

function ofKnown(
  service: ServiceModel,
  sessions: readonly Session[],
  number: number,
  { options, trust, emulated }: Refining,
): { service: ServiceModel; visits: Visits; remarks: readonly string[] } | null {
  if (sessions.length === 0) return null;
  const here = emulated.at(service, { address: serverOf(sessions), port: service.port });
  const its = beside(here, sessions, emulated);
  const news = learnNews(here, its, options, trust, emulated);
  if (!news) return { service, visits: visitsOf(its.rows), remarks: [] };
  const moved = emulated.at(append(here, news.addition, number), { address: service.server, port: service.port });
  const addition: Addition = {
    classes: moved.classes.slice(service.classes.length),
    states: moved.states.slice(service.states.length),
    transitions: news.addition.transitions,
    selects: new Map(
      [...news.addition.selects.keys()].flatMap((id) => (moved.classes[id] ? [[id, moved.classes[id].select]] : [])),
    ),
  };
  return { service: append(service, addition, number), visits: news.visits, remarks: news.remarks };
}

/** What connects services is new only where a new state does it. */
function asBefore(service: ServiceModel, before: ReadonlyMap<string, ServiceModel>, number: number): ServiceModel {
  const old = before.get(serviceName(service));
  if (!old) return service;
  const layer = service.layers?.find((l) => l.number === number);
  const from = layer?.states ?? service.states.length;
  const states = service.states.map((state, i) => {
    const was = old.states[i];
    if (i >= from || !was || state.feedsData === was.feedsData) return state;
    const same: { -readonly [K in keyof State]: State[K] } = { ...state };
    delete same.feedsData;
    return was.feedsData === true ? { ...same, feedsData: true } : same;
  });
  const { opened, ...rest } = service;
  const both = joined(old.opened, opened, before);
  return { ...rest, states, ...(both ? { opened: both } : {}) };
}

/** What opens the port as before, and new states that do. */
function joined(
  old: Opened | undefined,
  young: Opened | undefined,
  before: ReadonlyMap<string, ServiceModel>,
): Opened | undefined {
  if (!old || !young) return old;
  const more = young.by.map((one) => ({
    ...one,
    states: one.states.filter((state) => state >= (before.get(one.service)?.states.length ?? 0)),
  }));
  const names = [...new Set([...old.by, ...more].map((one) => one.service))];
  const by = names.map((service) => ({
    service,
    states: [...new Set([...old.by, ...more].flatMap((one) => (one.service === service ? one.states : [])))],
  }));
  return { ...old, by: by.filter(({ states }) => states.length > 0) };
}
