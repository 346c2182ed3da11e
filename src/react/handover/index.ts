/** Handing a conversation over to a real host [06 §4.3]. */
export { HandOver, LEAST_SIMILARITY } from './handover.js';
export type { Beginning, PastExchange, Step, Waiting } from './types.js';
export { Transcript } from './transcript.js';
