/** What fields of events are made of: each with its type here, its form in JSON, and a sentence for readers. */
import { z } from 'zod';
import { SEVERITIES } from './severity.js';

/** Bytes that were said; in JSON a text in which what is not printable is escaped. */
export const bytes = z
  .custom<Uint8Array>((value) => value instanceof Uint8Array)
  .meta({ json: { type: 'string' }, words: 'bytes; what is not printable is written `\\xff`, `\\r`, `\\n`, `\\\\`' });

/** Milliseconds since the epoch; in JSON a date. */
export const time = z
  .number()
  .meta({ json: { type: 'string', format: 'date-time' }, words: 'when (ISO 8601, with milliseconds)' });

export const severity = z.enum(SEVERITIES);

export const service = z.string().describe('transport and port in the model, as in `tcp/6379`');

export const count = z.int();

export const endpoint = z.object({ address: z.string(), port: z.int() }).readonly();

/** Fields that every event of a session has. */
export const ofSession = {
  time,
  session: z.int().describe('number of the session since the server started, from 1'),
  service,
  client: endpoint,
};

/** Fields that every alert has. */
export const ofAlert = {
  time,
  severity,
  session: z.int().nullable().describe('number of the session since the server started; none where there was none'),
  service,
  source: z.string().describe('address of the client'),
  port: z.int().nullable().describe('port of the client'),
};

/** Where in the machine it happened. */
export const place = {
  activity: z.string().describe('the group of like requests that this one belongs to'),
  path: z.array(z.int()).readonly().describe('states of the session so far, repetitions left out'),
  request: bytes,
  why: z.string().describe('in words'),
};
