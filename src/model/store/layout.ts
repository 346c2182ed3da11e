/**
 * Where things stand in the folder of a model, and why it is whole at every moment.
 *
 * ```
 * model.json                     schema, generator, options, and for each service its file and the file's SHA-256
 * tcp-2121.json                  one service: its machine
 * tcp-2121.3f9a….next.json       its next version, for the moment between two renames
 * literals/9f86d0…               byte strings of more than 1 KiB, once each
 * versions/3/                    an earlier version, or one that waits for approval: a folder of the same form
 * .lock                          who is writing
 * ```
 *
 * `model.json` decides. A writer puts the services down as `.next` files under their hash, makes them
 * durable, renames the new `model.json` over the old one (this is the moment of the change), and only
 * then renames the `.next` files to their plain names. A reader takes, for each service, whichever of the
 * two files has the hash that `model.json` names. So a process that is killed anywhere leaves the old or
 * the new model, and the next writer tidies up.
 */

export const INDEX_FILE = 'model.json';
export const LITERAL_FOLDER = 'literals';
export const VERSION_FOLDER = 'versions';
export const LOCK_FILE = '.lock';

/** Marks `model.json` as ours. */
export const FORMAT = 'scriptgen model';

/** One line of the list of services in `model.json`. */
export interface ServiceEntry {
  readonly service: string;
  readonly file: string;
  readonly sha256: string;
  /** For people who read the list; the service file decides. */
  readonly states: number;
  readonly transitions: number;
}

/** Name of the file of a service; `taken` keeps two services with the same port apart. */
export function serviceFile(transport: string, port: number, taken: ReadonlySet<string>): string {
  const name = `${transport}-${port}`;
  let file = `${name}.json`;
  for (let n = 2; taken.has(file); n++) file = `${name}-${n}.json`;
  return file;
}

/** Name of the next version of a service file. */
export function nextFile(file: string, hash: string): string {
  return `${file.slice(0, -'.json'.length)}.${hash.slice(0, 16)}.next.json`;
}

/** Whether a file name can be one of ours, so that a tidy-up takes away nothing else. */
export function isServiceFile(name: string): boolean {
  return /^(?:tcp|udp)-\d+(?:-\d+)?(?:\.[0-9a-f]{16}\.next)?\.json$/.test(name);
}
