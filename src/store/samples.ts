/**
 * Which recorded conversations can be learned from, as SQL over the tables of `schema.ts`.
 *
 * A conversation holds samples when it was handed over, is over, and all of its sessions that were handed over
 * were relayed to their own end: neither a bound of ours nor a fault has cut one, and no replay diverged.
 *
 * `sessions.relay` is null where the real host never took over, `fresh` until the model was refined with the
 * session, and `used` then; `refused` where its port was closed there, which belongs to the sample too. `conversations.sample` is null where nothing was handed over, `fit`, or `unfit`.
 */

/** Endings that one of the two sides chose. A reset by the host may be the host going down. */
const CHOSEN = `('server fin', 'client fin', 'client rst', 'idle')`;

/** A session that the real host answered, from the hand-over to the end. */
export const IS_RELAYED = `coalesce(s.relay IN ('fresh', 'used') AND s.whole = 'whole' AND s.ending IN ${CHOSEN}, FALSE)`;

/** The same, or one that the real host has refused. */
export const IS_SETTLED = `(${IS_RELAYED} OR coalesce(s.relay = 'refused', FALSE))`;

/** On `conversations c`. */
export const IS_SAMPLE = `
  (c.sample = 'fit'
   AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.conversation = c.id
     AND s.handed_over = 1 AND NOT ${IS_SETTLED})
   AND EXISTS (SELECT 1 FROM sessions s WHERE s.conversation = c.id AND ${IS_RELAYED}))`;
