/** What a server can learn from the conversations in its store, and what was made of them. */
import type { Alert } from '../events/index.js';
import type { Learned } from './records.js';
import { IS_RELAYED, IS_SAMPLE } from './samples.js';
import { numberOf, textOf } from './sqlite.js';
import type { Store } from './store.js';

/** An activity with enough samples that nothing was learned from yet. */
export interface Due {
  readonly activity: string;
  readonly service: string;
  readonly conversations: readonly number[];
}

/** Does it all together and on the disk, or not at all; tells of it then. */
type Together = (work: () => void, alert?: Alert) => void;

export class Lessons {
  readonly #store: Store;
  readonly #together: Together;

  constructor(store: Store, together: Together) {
    this.#store = store;
    this.#together = together;
  }

  /**
   * Activities with so many new samples, the most first.
   *
   * @param before only conversations that were over by then: a source may come back to what it has begun
   */
  due(enough: number, before: number): Due[] {
    let due: Due[] = [];
    this.#together(() => {
      // what has gone wrong is not looked at every time
      this.#store.write((sql) =>
        sql.run(`UPDATE conversations AS c SET sample = 'unfit' WHERE sample = 'fresh' AND EXISTS
          (SELECT 1 FROM sessions s WHERE s.conversation = c.id
             AND s.handed_over = 1 AND s.whole <> 'open' AND NOT coalesce(${IS_RELAYED}, FALSE))`),
      );
      const rows = this.#store.read((sql) =>
        sql.all(
          `SELECT c.activity, a.service, group_concat(c.id) AS ids
           FROM conversations c JOIN activities a ON a.id = c.activity
           WHERE c.sample = 'fresh' AND ${IS_SAMPLE}
             AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.conversation = c.id AND s.stop >= ?)
           GROUP BY c.activity HAVING count(*) >= ? ORDER BY count(*) DESC, c.activity`,
          before,
          enough,
        ),
      );
      due = rows.map((row) => ({
        activity: textOf(row['activity']),
        service: textOf(row['service']),
        conversations: textOf(row['ids']).split(',').map(Number),
      }));
    });
    return due;
  }

  /** What came of the latest refinement of an activity. */
  latest(activity: string): Learned | null {
    const row = this.#store.read((sql) =>
      sql.get('SELECT * FROM refinements WHERE activity = ? ORDER BY id DESC LIMIT 1', activity),
    );
    if (!row) return null;
    const [version, stamp] = [numberOf(row['version']), textOf(row['stamp'])];
    return { activity, version, stamp, waits: numberOf(row['waits']) === 1 };
  }

  /** A refinement was tried: its samples are not new any more, whatever came of it. */
  tried(alert: Extract<Alert, { event: 'refined' }>, { conversations }: Due, learned: Learned | null): void {
    this.#together(() => {
      this.#store.write((sql) => {
        for (const id of conversations)
          sql.run(`UPDATE conversations SET sample = 'used' WHERE id = ? AND sample = 'fresh'`, id);
        if (!learned) return;
        const { activity, version, stamp, waits } = learned;
        sql.run(
          'INSERT INTO refinements (time, activity, version, stamp, waits) VALUES (?, ?, ?, ?, ?)',
          alert.time,
          activity,
          version,
          stamp,
          waits ? 1 : 0,
        );
      });
      this.#store.addEvent(alert, null);
    }, alert);
  }

  /** The model that is served holds these refinements: what was learned with them is known, nothing else. */
  holds(stamps: readonly string[]): void {
    this.#together(() =>
      this.#store.write((sql) =>
        sql.run(
          `UPDATE activities SET learned = (SELECT max(r.version) FROM refinements r
             WHERE r.activity = activities.id AND r.stamp IN (SELECT value FROM json_each(?)))
           WHERE learned IS NOT NULL OR id IN (SELECT activity FROM refinements)`,
          JSON.stringify(stamps),
        ),
      ),
    );
  }
}
