/** What a server does → what is kept of it: kinds, severities, groups and words. */
import type { Alert, OfSession, ServeEvent, Severity } from '../events/index.js';
import { Activities } from '../react/activities.js';
import type { Group } from '../react/activities.js';
import { nearestKnown } from '../react/nearest.js';
import { stableId } from '../react/paths.js';
import { sketchText } from '../react/sketch.js';
import { serviceName } from '../model/names.js';
import type { ServiceModel } from '../model/types.js';
import { quoted } from '../model/words.js';
import type { OpenSession } from './memory.js';

type NoteEvent = Extract<ServeEvent, { event: 'note' }>;

const common = ({ time, session, service, client }: OfSession) => ({
  time,
  session,
  service,
  source: client.address,
  port: client.port,
});

/** Bytes of a request that an event holds; all of them are in the conversation. */
const MOST_REQUEST = 4096;

const shortened = (request: Uint8Array): Uint8Array =>
  new Uint8Array(request.length > MOST_REQUEST ? request.subarray(0, MOST_REQUEST) : request);

/** An unknown request with its group. */
export interface Unknown {
  readonly alert: Extract<Alert, { event: 'unknown request' }>;
  readonly group: Group;
  readonly isNew: boolean;
  readonly changed: boolean;
}

/** A request that is nearly known, with the activity that it is. */
export interface Thin {
  readonly alert: Extract<Alert, { event: 'near match' | 'out of order' }>;
  readonly words: string;
}

/** Makes alerts; knows the model and the groups so far. */
export class Alerts {
  readonly activities: Activities;
  #services: ReadonlyMap<string, ServiceModel>;

  constructor(services: readonly ServiceModel[]) {
    this.activities = new Activities(services);
    this.#services = new Map(services.map((service) => [serviceName(service), service]));
  }

  /** The model was refined. */
  takeModel(services: readonly ServiceModel[]): void {
    this.#services = new Map(services.map((service) => [serviceName(service), service]));
    this.activities.takeModel(services);
  }

  /** A port at which nothing was learned, that the real host has opened; `null`: it is a service. */
  opened(event: Extract<ServeEvent, { event: 'handover' }>): Alert | null {
    if (event.step !== 'relays' || this.#services.has(event.service)) return null;
    const why = 'nothing was learned at this port, and the real host has opened it to this source';
    return { event: 'unexpected port', severity: 'warning', ...common(event), why };
  }

  unknown(event: NoteEvent, { path }: OpenSession): Unknown {
    const { request, kind } = event.note;
    const { group, isNew, changed } = this.activities.find(event.service, request);
    const model = this.#services.get(event.service);
    const why = kind === 'answered' ? '' : event.note.why;
    return {
      group,
      isNew,
      changed,
      alert: {
        event: 'unknown request',
        severity: isNew ? 'alert' : 'warning',
        ...common(event),
        activity: group.id,
        path: [...path.states],
        request: shortened(request),
        why,
        nearest: model ? nearestKnown(model, request) : null,
      },
    };
  }

  /** `null`: there is nothing to say about it. */
  thin(event: NoteEvent, { path }: OpenSession): Thin | null {
    const { note, service } = event;
    if (note.kind === 'unknown' || (note.kind === 'answered' && note.known === 'here')) return null;
    const isNear = note.kind === 'nearest';
    const before = path.states.at(-1) ?? 0;
    const example = this.#services.get(service)?.classes[note.class]?.example;
    const like = example ? `«${quoted(example, 40).slice(1, -1)}»` : `class ${note.class}`;
    const words = isNear ? `nearly ${like}` : `${like} out of order`;
    const why = isNear ? note.why : `a request like ${like} never came here in training (in state ${before})`;
    const activity = stableId(note.kind, service, `${note.class}`);
    const alert = { severity: 'notice' as const, ...common(event), activity, path: [...path.states] };
    const request = shortened(note.request);
    return { words, alert: { event: isNear ? 'near match' : 'out of order', ...alert, request, why } };
  }
}

/** The words of a group. */
export function groupWords({ tokens, isRest }: Group): string {
  return isRest ? 'everything else: there are too many groups already' : sketchText(tokens);
}

/** Steps of a hand-over, refusals, errors. */
export function plainAlert(event: ServeEvent): Alert | null {
  switch (event.event) {
    case 'handover': {
      const severity: Severity = event.step === 'diverged' || event.step === 'failed' ? 'warning' : 'info';
      return { event: 'hand-over', severity, ...common(event), step: event.step, why: event.why };
    }
    case 'refused': {
      const { time, service, source, why } = event;
      const isClosed = why === 'not open to this source';
      const rest = { time, session: null, service, source, port: null, why };
      return isClosed
        ? { event: 'unexpected port', severity: 'notice', ...rest }
        : { event: 'turned away', severity: 'info', ...rest };
    }
    case 'error': {
      const { time, service, session, message } = event;
      return { event: 'fault', severity: 'warning', time, session, service, source: '', port: null, why: message };
    }
    case 'listening':
    case 'opened':
    case 'received':
    case 'sent':
    case 'note':
    case 'client ended':
    case 'closed':
      return null;
  }
}
