/** Refinement with the emulator's own matching: what counts as known is what it would answer. */
import type { Session } from '../capture/types.js';
import { Matcher } from '../emulate/match.js';
import { rebase } from '../emulate/rebase.js';
import { refine as refineWith, type Emulated, type RefineOptions, type RefineReport } from '../learn/refine/index.js';
import { isSignal } from '../model/signals.js';
import type { Model } from '../model/types.js';

const emulated: Emulated = {
  find(service) {
    const matcher = new Matcher(service);
    const anywhere = service.states.map(({ id }) => ({ state: id }));
    return (state, request) =>
      isSignal(request) ? matcher.signalled(anywhere, request) : matcher.find(state, request);
  },
  at: rebase,
};

/** Refines a model with new sessions of the real host [06]. */
export function refine(
  model: Model,
  sessions: readonly Session[],
  options: Partial<RefineOptions> = {},
): { model: Model; refined: RefineReport } {
  return refineWith(model, sessions, options, emulated);
}
