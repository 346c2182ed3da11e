/** What leads from each state of a machine in the making to which other. */
import type { Transition } from '../../model/types.js';
import type { Row, Writable } from '../rows.js';

/** The transitions of each state, as often as the dialogs have them. */
export function transitionsIn(rows: readonly Row[]): Map<number, Transition[]> {
  const counts = new Map<number, Map<string, Writable<Transition>>>();
  for (const { said } of rows) {
    for (let at = 1; at < said.length; at++) {
      const from = said[at - 1]?.state ?? -1;
      const to = said[at]?.state ?? -1;
      const id = said[at]?.class ?? -1;
      if (from < 0 || to < 0) continue;
      let row = counts.get(from);
      if (!row) counts.set(from, (row = new Map<string, Writable<Transition>>()));
      const known = row.get(`${id}/${to}`);
      if (known) known.samples++;
      else row.set(`${id}/${to}`, { class: id, to, samples: 1 });
    }
  }
  return new Map(
    [...counts].map(([from, row]) => [from, [...row.values()].sort((a, b) => b.samples - a.samples || a.to - b.to)]),
  );
}
