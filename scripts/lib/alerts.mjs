// What the log of an emulator says of each source: what it asked that was not known.
import { existsSync, readFileSync } from 'node:fs';

/** The lines of a log by the address of the client. */
export function bySource(file) {
  const sources = new Map();
  for (const line of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
    if (line === '') continue;
    const said = JSON.parse(line);
    const address = said.client?.address;
    if (address === undefined) continue;
    if (!sources.has(address)) sources.set(address, []);
    sources.get(address).push(said);
  }
  return [...sources.values()];
}

const has = (lines, kinds) => lines.some(({ event, note }) => event === 'note' && kinds.includes(note.kind));

/** Sources with an unknown request, and those with one that was unknown or only nearly known. */
export function alertsIn(sources) {
  return {
    unknown: sources.filter((lines) => has(lines, ['unknown'])).length,
    unsure: sources.filter((lines) => has(lines, ['unknown', 'nearest'])).length,
  };
}
