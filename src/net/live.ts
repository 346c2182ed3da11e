/** A service that can become another version of itself while it is served: new sessions are with the new one. */
import type { CompiledService } from '../emulate/index.js';

/** Stands where a compiled service stands; sessions in progress keep the dialogue that they began with. */
export class LiveService implements CompiledService {
  #now: CompiledService;

  constructor(now: CompiledService) {
    this.#now = now;
  }

  get service(): CompiledService['service'] {
    return this.#now.service;
  }

  dialogue(...said: Parameters<CompiledService['dialogue']>): ReturnType<CompiledService['dialogue']> {
    return this.#now.dialogue(...said);
  }

  become(next: CompiledService): void {
    this.#now = next;
  }
}
