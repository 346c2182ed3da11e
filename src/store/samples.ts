/**
 * Which recorded conversations can be learned from, as SQL over the tables of `schema.ts`.
 *
 * A conversation is a sample when it was handed over, is over, and all of its sessions that were handed over
 * were relayed to their own end: neither a bound of ours nor a fault has cut one, and no replay diverged.
 */

/** Endings that one of the two sides chose. A reset by the host may be the host going down. */
const CHOSEN = `('server fin', 'client fin', 'client rst', 'idle')`;

/** A session that the real host answered, from the hand-over to the end. */
export const IS_RELAYED = `(s.relay = 'relays' AND s.whole = 'whole' AND s.ending IN ${CHOSEN})`;

/** On `conversations c`. */
export const IS_SAMPLE = `
  (c.sample IN ('fresh', 'used')
   AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.conversation = c.id
     AND (s.whole = 'open' OR (s.handed_over = 1 AND NOT coalesce(${IS_RELAYED}, FALSE))))
   AND EXISTS (SELECT 1 FROM sessions s WHERE s.conversation = c.id AND ${IS_RELAYED}))`;
