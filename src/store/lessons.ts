/** What a server can learn from the conversations in its store, and what was made of them. */
import type { Alert } from '../events/index.js';
import type { Learned } from './records.js';
import { IS_SAMPLE, IS_SETTLED } from './samples.js';
import { numberOf, textOf } from './sqlite.js';
import type { Store } from './store.js';

/** New samples that are looked at, the latest: this is done every second. */
const LATEST = `(SELECT * FROM sessions WHERE relay = 'fresh' ORDER BY conversation DESC LIMIT 5000)`;

/** An activity with enough samples that nothing was learned from yet. */
export interface Due {
  readonly activity: string;
  readonly service: string;
  readonly sessions: readonly number[];
  /** How many of them are with the service at which the activity began. */
  readonly count: number;
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
   * Activities with so many new samples at their service, the most first: one attack may have sessions with others
   * too. A source that is handed over is so with all that it says, so not every one has to hold what is new.
   *
   * @param before only sessions that were over by then: a source may come back to what it has begun
   */
  due(enough: number, before: number): Due[] {
    let due: Due[] = [];
    this.#together(() => {
      // what has gone wrong is not looked at every time
      this.#store.write((sql) => {
        sql.run(`UPDATE conversations AS c SET sample = 'unfit' WHERE sample = 'fit'
          AND id IN (SELECT conversation FROM ${LATEST}) AND EXISTS
            (SELECT 1 FROM sessions s WHERE s.conversation = c.id
               AND s.handed_over = 1 AND s.whole <> 'open' AND NOT ${IS_SETTLED})`);
        sql.run(`UPDATE sessions SET relay = 'used' WHERE relay = 'fresh'
          AND id IN (SELECT f.id FROM ${LATEST} f JOIN conversations c ON c.id = f.conversation WHERE c.sample = 'unfit')`);
      });
      const rows = this.#store.read((sql) =>
        sql.all(
          `SELECT c.activity, a.service, group_concat(f.id) AS ids, sum(f.service = a.service) AS n
           FROM ${LATEST} f JOIN conversations c ON c.id = f.conversation JOIN activities a ON a.id = c.activity
           WHERE f.stop < ? AND ${IS_SAMPLE}
           GROUP BY c.activity HAVING n >= ? ORDER BY n DESC, c.activity`,
          before,
          enough,
        ),
      );
      due = rows.map((row) => ({
        activity: textOf(row['activity']),
        service: textOf(row['service']),
        sessions: textOf(row['ids'])
          .split(',')
          .map(Number)
          .sort((one, other) => one - other),
        count: numberOf(row['n']),
      }));
    });
    return due;
  }

  /** These are not for this program to learn from; they are not looked at any more. */
  passOver({ sessions }: Due): void {
    this.#together(() => this.#use(sessions));
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
  tried(alert: Extract<Alert, { event: 'refined' }>, { sessions }: Due, learned: Learned | null): void {
    this.#together(() => {
      this.#use(sessions);
      this.#store.write((sql) => {
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

  #use(sessions: readonly number[]): void {
    this.#store.write((sql) => {
      for (const id of sessions) sql.run(`UPDATE sessions SET relay = 'used' WHERE id = ? AND relay = 'fresh'`, id);
    });
  }
}
