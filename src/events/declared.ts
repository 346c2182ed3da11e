/**
 * Every event, declared once. The types, the JSON schema and the documentation are made from this table
 * (`npm run docs:events`), so an event that is not here does not exist.
 *
 * Two kinds: what the server does as it does it (`serving`), and what is made of that where a state folder
 * is kept (`alerts`).
 */
import { z } from 'zod';
import { bytes, count, endpoint, ofAlert, ofSession, place, service, severity, time } from './fields.js';

/** Why a session is over. */
const ENDINGS = [
  'server fin',
  'server rst',
  'client fin',
  'client rst',
  'idle',
  'too long',
  'too much received',
  'too slow a reader',
  'evicted',
  'error',
  'shutdown',
] as const;

/** The stages of a hand-over to a real host. */
const STEPS = ['begins', 'relays', 'diverged', 'failed', 'refused', 'ends'] as const;

const note = z
  .discriminatedUnion('kind', [
    z
      .object({
        kind: z.literal('answered'),
        state: z.int(),
        class: z.int(),
        request: bytes,
        known: z.enum(['here', 'elsewhere']),
      })
      .readonly(),
    z
      .object({ kind: z.literal('nearest'), state: z.int(), class: z.int(), request: bytes, why: z.string() })
      .readonly(),
    z.object({ kind: z.literal('unknown'), request: bytes, why: z.string() }).readonly(),
  ])
  .describe('what the request was taken for: answered as learned, like the nearest known one, or unknown');

const sums = z
  .object({
    seconds: z.number(),
    received: count.describe('bytes'),
    sent: count.describe('bytes'),
    answered: count.describe('requests answered as learned'),
    nearest: count.describe('requests answered like the nearest known one'),
    unknown: count.describe('requests that nothing was like'),
  })
  .readonly();

const nearest = z
  .object({ class: z.int(), example: bytes.describe('one of its requests'), why: z.string() })
  .readonly()
  .nullable()
  .describe('the known request that it is most like, and the region that differs, in words');

const spoken = {
  ...ofSession,
  bytes,
  port: z.int().optional().describe('UDP: the server’s port, where it is not the one of the service'),
};

/** What the server does, as it does it. */
export const serving = {
  listening: z
    .object({ event: z.literal('listening'), time, service, address: z.string(), port: z.int() })
    .readonly()
    .describe('A service listens.'),
  opened: z
    .object({ event: z.literal('opened'), ...ofSession, server: endpoint })
    .readonly()
    .describe('A session begins.'),
  received: z
    .object({ event: z.literal('received'), ...spoken })
    .readonly()
    .describe('Bytes came from the client.'),
  sent: z
    .object({
      event: z.literal('sent'),
      ...spoken,
      by: z.literal('backend').optional().describe('they were relayed from the real host'),
    })
    .readonly()
    .describe('Bytes go to the client.'),
  note: z
    .object({ event: z.literal('note'), ...ofSession, note })
    .readonly()
    .describe('A request was understood, or not.'),
  handover: z
    .object({ event: z.literal('handover'), ...ofSession, step: z.enum(STEPS), why: z.string() })
    .readonly()
    .describe(
      'A session is handed over to a real host: it `begins`, what was said is replayed and the host `relays` from then on, its replay `diverged`, it `failed`, the port is closed there (`refused`), it `ends`.',
    ),
  'client ended': z
    .object({ event: z.literal('client ended'), ...ofSession })
    .readonly()
    .describe('The client has closed its side and still listens (TCP).'),
  closed: z
    .object({ event: z.literal('closed'), ...ofSession, why: z.enum(ENDINGS), sums })
    .readonly()
    .describe('A session is over.'),
  refused: z
    .object({ event: z.literal('refused'), time, service, source: z.string(), why: z.string() })
    .readonly()
    .describe('A client was turned away before its session began.'),
  error: z
    .object({ event: z.literal('error'), time, service, session: z.int().nullable(), message: z.string() })
    .readonly()
    .describe('Something went wrong that the server survived.'),
} as const;

/** What is made of that, and kept. */
export const alerts = {
  'unknown request': z
    .object({ event: z.literal('unknown request'), ...ofAlert, ...place, nearest })
    .readonly()
    .describe(
      'A request that is like no known one. An `alert` the first time, a `warning` when its activity is known.',
    ),
  'near match': z
    .object({ event: z.literal('near match'), ...ofAlert, ...place })
    .readonly()
    .describe('A request that fits no class, answered like the nearest one: thin evidence.'),
  'out of order': z
    .object({ event: z.literal('out of order'), ...ofAlert, ...place })
    .readonly()
    .describe('A known request where training never had it.'),
  'unexpected port': z
    .object({ event: z.literal('unexpected port'), ...ofAlert, why: z.string() })
    .readonly()
    .describe(
      'Somebody connected to a port that is not open to them; a `warning` where nothing was learned at the port and the real host has opened it to them.',
    ),
  'turned away': z
    .object({ event: z.literal('turned away'), ...ofAlert, why: z.string() })
    .readonly()
    .describe('A limit was reached, and a client turned away.'),
  'hand-over': z
    .object({ event: z.literal('hand-over'), ...ofAlert, step: z.enum(STEPS), why: z.string() })
    .readonly()
    .describe('A step of a hand-over to a real host; a `warning` where it went wrong.'),
  fault: z
    .object({ event: z.literal('fault'), ...ofAlert, why: z.string() })
    .readonly()
    .describe('Something went wrong that the server survived.'),
  refined: z
    .object({
      event: z.literal('refined'),
      time,
      severity,
      service,
      activity: z.string().describe('the new activity whose conversations were learned from'),
      version: count.nullable().describe('the version of the model that came of it; none where none did'),
      waits: z.boolean().describe('it is put aside until `scriptgen approve`'),
      samples: count.describe('handed-over sessions that it was learned from'),
      sources: z.array(z.string()).readonly().describe('who had them, the first few'),
      classes: count.describe('kinds of requests that it adds'),
      states: count.describe('states that it adds'),
      why: z.string().describe('in words, also why nothing came of it'),
    })
    .readonly()
    .describe('A server has refined its model with what a real host answered; a `warning` where that failed.'),
  rotated: z
    .object({ event: z.literal('rotated'), time, severity, conversations: count, events: count })
    .readonly()
    .describe('The state folder was full: the oldest conversations and events went.'),
} as const;

type Declared<T extends Readonly<Record<string, z.ZodType>>> = z.infer<T[keyof T]>;

/** An event of the server. */
export type ServeEvent = Declared<typeof serving>;

/** An event that is kept. */
export type Alert = Declared<typeof alerts>;

/** The kinds of events that are kept. */
export type AlertKind = Alert['event'];

/** Why a session is over. */
export type Ending = (typeof ENDINGS)[number];

/** Sums of a session that is over. */
export type SessionSums = z.infer<typeof sums>;

/** Fields that every event of a session has. */
export type OfSession = Pick<Extract<ServeEvent, { event: 'opened' }>, 'time' | 'session' | 'service' | 'client'>;
