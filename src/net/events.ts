/** What a running server tells whoever listens: events of `src/events/`. */
export type { Ending, Log, OfSession, ServeEvent, SessionSums } from '../events/index.js';
