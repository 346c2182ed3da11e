/** Every event declared once: types, JSON schema, documentation. */
import type { ServeEvent } from './declared.js';

export type { Alert, AlertKind, Ending, OfSession, ServeEvent, SessionSums } from './declared.js';
export { SEVERITIES } from './severity.js';
export type { Severity } from './severity.js';
export { eventSchema, eventsPage } from './document.js';

/** Takes events; must not throw, and is guarded where it does. */
export type Log = (event: ServeEvent) => void;
