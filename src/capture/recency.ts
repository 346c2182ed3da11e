/** Things in the order in which they were last used, to find the idlest at once. */

/** What a thing must carry to stand in one list. Only the list writes these fields. */
export interface Linked<T> {
  older: T | undefined;
  newer: T | undefined;
}

/**
 * Invariant: from `oldest` along `newer` stand exactly `size` things, each used no later than the
 * one after it; `older` is the same chain backwards. A thing stands in one list at most.
 */
export class Recency<T extends Linked<T>> {
  oldest: T | undefined;
  #newest: T | undefined;
  size = 0;

  /** Puts a new thing last. */
  add(thing: T): void {
    thing.older = this.#newest;
    thing.newer = undefined;
    if (this.#newest === undefined) this.oldest = thing;
    else this.#newest.newer = thing;
    this.#newest = thing;
    this.size++;
  }

  remove(thing: T): void {
    if (thing.older === undefined) this.oldest = thing.newer;
    else thing.older.newer = thing.newer;
    if (thing.newer === undefined) this.#newest = thing.older;
    else thing.newer.older = thing.older;
    thing.older = thing.newer = undefined;
    this.size--;
  }

  /** Moves a thing of this list last. */
  touch(thing: T): void {
    if (this.#newest === thing) return;
    this.remove(thing);
    this.add(thing);
  }
}
