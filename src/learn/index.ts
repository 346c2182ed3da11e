/** Sessions in, machine out; pure, seeded, deterministic. */
import { toLatin1 } from '../bytes/bytes.js';
import type { Session } from '../capture/types.js';
import { SCHEMA_VERSION, type Model, type ServiceModel } from '../model/types.js';
import { FAMILIES, familiesIn } from './answers/without.js';
import { relate, remarksOnCallbacks, serviceOfSession, withFeeding } from './sessions/data-sessions.js';
import { refusedPorts, withOpeners, type Visits } from './sessions/dependencies.js';
import { kinSessions } from './sessions/kin.js';
import { learnMachine } from './machine.js';
import { sampleSessions } from './sessions/sample-sessions.js';
import { withTriggers } from './sessions/signals.js';

export { relate, serviceOfSession } from './sessions/data-sessions.js';

export interface LearnOptions {
  /** Macroclustering threshold W, 0…1 [05 §2.4.2]. */
  readonly macro: number;
  /** Microclustering threshold w, 0…1 [05 §2.4.2]; 1: part by what decides the answer instead. */
  readonly micro: number;
  /** Families of rules for answers: none [05], copied content [06], all of ours. */
  readonly links: 'none' | 'copy' | 'all';
  /** Families of rules that are left out, as in `clock,made-up`. */
  readonly without: string;
  /** Bounds of the machine [05 §2.3]: different requests in all, and states. */
  readonly maxFanOut: number;
  readonly maxStates: number;
  readonly seed: number;
}

export const DEFAULTS: LearnOptions = {
  macro: 0.5,
  micro: 1,
  links: 'all',
  without: '',
  maxFanOut: 100_000,
  maxStates: 20_000,
  seed: 1,
};

export interface Progress {
  readonly service: string;
  readonly stage: string;
  /** 0…1 */
  readonly done: number;
}

export { FAMILIES };

/**
 * Learns a machine for every service that the sessions talk to.
 *
 * Only complete sessions with at least one message are learned from; the others are counted.
 *
 * @throws {RangeError} when a threshold is outside 0…1, or `without` names no family
 */
export function learn(
  sessions: readonly Session[],
  options: Partial<LearnOptions> = {},
  progress: (p: Progress) => void = () => undefined,
): Model {
  const all = { ...DEFAULTS, ...options };
  for (const name of ['macro', 'micro'] as const) {
    if (!(all[name] >= 0 && all[name] <= 1))
      throw new RangeError(`the threshold --${name} has to be between 0 and 1, not ${all[name]}`);
  }
  const without = familiesIn(all.without);
  for (const name of without)
    if (!Object.hasOwn(FAMILIES, name)) throw new RangeError(`${name} is no family of rules (--without)`);
  const services = new Map<string, Session[]>();
  const uses = (family: string) => all.links === 'all' && !without.has(family);
  const related = uses('port') ? relate(sessions) : sessions;
  for (const session of [...related].sort(inTime)) {
    if (session.openedBy !== undefined) continue;
    const key = serviceOfSession(session);
    const known = services.get(key);
    if (known) known.push(session);
    else services.set(key, [session]);
  }
  const models: ServiceModel[] = [];
  const visits = new Map<string, Visits>();
  const callbacks = remarksOnCallbacks(related);
  const kin = kinSessions(services);
  for (const [service, its] of services) {
    const learned = learnService(its, all, (stage, done) => progress({ service, stage, done }), kin.get(service));
    if (!learned) continue;
    models.push(withRemark(learned.service, callbacks.get(service)));
    visits.set(service, learned.visits);
  }
  const opened = uses('opened') ? withOpeners(models, related, visits) : models;
  const connected = uses('port') ? withFeeding(opened, related, visits) : opened;
  const heard = uses('signal') ? withTriggers(connected, related, visits) : connected;
  const refused = refusedPorts(heard, related);
  const model: Model = { schema: SCHEMA_VERSION, options: { ...all }, services: heard };
  return refused.length > 0 ? { ...model, refused } : model;
}

function withRemark(service: ServiceModel, remark: string | undefined): ServiceModel {
  if (remark === undefined) return service;
  return { ...service, training: { ...service.training, remarks: [...service.training.remarks, remark] } };
}

/**
 * Learns one service from its sessions; null where none is fit to be learned from.
 *
 * @param kin sessions of another service that speaks the same, as this one would have had them
 */
export function learnService(
  sessions: readonly Session[],
  options: LearnOptions,
  stage: (name: string, done: number) => void,
  kin: readonly Session[] = [],
): { service: ServiceModel; visits: Visits } | null {
  const first = sessions[0];
  const complete = sessions.filter((s) => s.outcome === 'complete' && s.messages.length > 0);
  const sound = [...complete, ...leftAlone(sessions, complete)].sort(inTime);
  if (!first || sound.length === 0 || !(sound.some(isAnswered) || onlyListens(sound))) return null;
  const learned = new Set(sound);
  const leftOut: Record<string, number> = {};
  for (const s of sessions) {
    if (learned.has(s)) continue;
    const why = s.outcome === 'complete' ? 'silent' : s.outcome;
    leftOut[why] = (leftOut[why] ?? 0) + 1;
  }
  const chosen = sampleSessions(sound);
  if (chosen.length < sound.length) leftOut['more than are looked at'] = sound.length - chosen.length;
  const conversations = new Set(chosen.map((s) => s.client.address)).size;
  const input = {
    transport: first.transport,
    port: first.dataOf ? 0 : first.server.port,
    ...(first.dataOf ? { named: { by: first.dataOf.service } } : {}),
    server: mostFrequent(chosen.map((s) => s.server.address)),
    sessions: kin.length > 0 ? [...chosen, ...kin].sort(inTime) : chosen,
    training: { sessions: chosen.length, conversations, leftOut },
  };
  const machine = learnMachine(input, options, stage);
  if (kin.length === 0) return machine;
  const own = new Set(chosen.map(({ id }) => id));
  return { ...machine, visits: new Map([...machine.visits].filter(([id]) => own.has(id))) };
}

function isAnswered({ messages }: Session): boolean {
  return messages.some(({ from }) => from === 'server');
}

/** So many clients that were let in and said something were no mistake. */
const LEAST_HEARD = 3;

/**
 * Whether a server is there that only listens, as one that collects logs or measures: it takes connections, from several
 * clients, and never says a word. A datagram that nobody answers tells nothing of a server.
 */
function onlyListens(complete: readonly Session[]): boolean {
  const heard = complete.filter(({ transport, dataOf }) => transport === 'tcp' && !dataOf);
  return new Set(heard.map(({ client }) => client.address)).size >= LEAST_HEARD;
}

/** So many datagrams that got no answer are no loss of one. */
const LEAST_ALONE = 2;

/**
 * Datagrams that a server left alone which answers others: that it is silent is its answer to them. What is answered
 * elsewhere, byte for byte, was only lost.
 */
function leftAlone(sessions: readonly Session[], complete: readonly Session[]): Session[] {
  const asked = ({ messages }: Session) => messages.filter((m) => m.from === 'client').map((m) => toLatin1(m.bytes));
  const alive = new Set(complete.map(({ server }) => server.address));
  const answered = new Set(complete.flatMap(asked));
  const alone = sessions.filter(
    (s) =>
      s.outcome === 'unanswered' &&
      s.transport === 'udp' &&
      alive.has(s.server.address) &&
      s.messages.length > 0 &&
      !asked(s).some((request) => answered.has(request)),
  );
  return alone.length < LEAST_ALONE ? [] : alone;
}

/** In order of time; of two at once, the client decides, so that the numbers that a capture gave them do not. */
export function inTime(a: Session, b: Session): number {
  const [one, other] = [a.client.address, b.client.address];
  return a.start - b.start || (one < other ? -1 : Number(one > other)) || a.client.port - b.client.port || a.id - b.id;
}

function mostFrequent(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
}
