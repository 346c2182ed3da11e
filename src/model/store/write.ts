/** Model → folder; `layout.ts` says what stands where and why the folder is whole at every moment. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Model, ServiceModel } from '../types.js';
import { serviceName } from '../names.js';
import { ModelError } from '../errors.js';
import { encode, sha256 } from './encode.js';
import { codeOf, hasHash, syncFolder, unwritable, writeDurably } from './files.js';
import { toJson } from './json.js';
import { FORMAT, INDEX_FILE, LITERAL_FOLDER, isServiceFile, nextFile, serviceFile } from './layout.js';
import type { ServiceEntry } from './layout.js';
import { lock } from './lock.js';

/** A model as the files of its folder. */
interface Files {
  readonly index: string;
  readonly services: readonly { readonly name: string; readonly hash: string; readonly text: string }[];
  readonly literals: ReadonlyMap<string, Uint8Array>;
}

function entry(service: ServiceModel, file: string, hash: string): ServiceEntry {
  let transitions = 0;
  for (const state of service.states) transitions += state.transitions.length;
  return {
    service: serviceName(service),
    file,
    sha256: hash,
    states: service.states.length,
    transitions,
  };
}

function toFiles(model: Model, generator: string): Files {
  const literals = new Map<string, Uint8Array>();
  const taken = new Set<string>();
  const entries: ServiceEntry[] = [];
  const { schema, services: models, ...rest } = model;
  const services = models.map((service) => {
    const name = serviceFile(service.transport, service.port, taken);
    taken.add(name);
    const text = toJson(encode(service, literals));
    const hash = sha256(text);
    entries.push(entry(service, name, hash));
    return { name, hash, text };
  });
  const index = toJson(encode({ format: FORMAT, schema, generator, ...rest, services: entries }, literals));
  return { index, services, literals };
}

/** What stands at the place to write to. */
async function look(folder: string): Promise<'nothing' | 'model' | 'empty'> {
  let names: string[];
  try {
    if (!(await stat(folder)).isDirectory())
      throw new ModelError(
        'occupied',
        `${folder}: there is a file of this name; a model is a folder, choose another name`,
      );
    names = await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'nothing';
    throw error;
  }
  if (names.length === 0) return 'empty';
  if (names.includes(INDEX_FILE)) return 'model';
  throw new ModelError(
    'occupied',
    `${folder}: this folder holds something else than a model and is left as it is; choose another name, or empty it`,
  );
}

/** Writes a file whose name follows from its contents, unless it is there. @returns whether it was written. */
async function putFile(file: string, hash: string, data: string | Uint8Array): Promise<boolean> {
  // What is there may be what the present model refers to: it must not be cut off for a moment.
  if (await hasHash(file, hash)) return false;
  await writeDurably(file, data);
  return true;
}

/** Literals and services under names that nothing refers to yet; takes them away again where that fails. */
async function putDown(folder: string, files: Files): Promise<void> {
  const written: string[] = [];
  const put = async (file: string, hash: string, data: string | Uint8Array): Promise<void> => {
    written.push(file);
    if (!(await putFile(file, hash, data))) written.pop();
  };
  try {
    if (files.literals.size > 0) {
      const literals = path.join(folder, LITERAL_FOLDER);
      await mkdir(literals, { recursive: true });
      for (const [hash, bytes] of files.literals) await put(path.join(literals, hash), hash, bytes);
      await syncFolder(literals);
    }
    for (const { name, hash, text } of files.services) {
      if (!(await hasHash(path.join(folder, name), hash)))
        await put(path.join(folder, nextFile(name, hash)), hash, text);
    }
    await syncFolder(folder);
  } catch (error) {
    for (const file of written) await rm(file, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** The moment of the change: from here on the new model is the one that is read. */
async function swap(folder: string, files: Files): Promise<void> {
  const next = path.join(folder, `${INDEX_FILE}.next`);
  await writeDurably(next, files.index);
  await rename(next, path.join(folder, INDEX_FILE));
  await syncFolder(folder);
}

/** `.next` files get their plain names; what the model no longer refers to goes. */
async function tidy(folder: string, files: Files): Promise<void> {
  for (const { name, hash } of files.services) {
    const next = path.join(folder, nextFile(name, hash));
    if (!(await hasHash(path.join(folder, name), hash))) await rename(next, path.join(folder, name));
  }
  const kept = new Set(files.services.map((service) => service.name));
  for (const name of await readdir(folder))
    if (isServiceFile(name) && !kept.has(name)) await rm(path.join(folder, name), { force: true });
  const literals = path.join(folder, LITERAL_FOLDER);
  const names = await readdir(literals).catch(() => []);
  for (const name of names)
    if (/^[0-9a-f]{64}$/.test(name) && !files.literals.has(name)) await rm(path.join(literals, name), { force: true });
  if (names.length > 0 && files.literals.size === 0) await rm(literals, { recursive: true }).catch(() => undefined);
  await syncFolder(folder);
}

async function update(folder: string, files: Files): Promise<void> {
  const unlock = await lock(folder);
  try {
    await putDown(folder, files);
    await swap(folder, files);
    await tidy(folder, files);
  } catch (error) {
    await rm(path.join(folder, `${INDEX_FILE}.next`), { force: true }).catch(() => undefined);
    throw error;
  } finally {
    await unlock();
  }
}

/** Name of the hidden sibling in which a new folder comes into being. */
function siblingPrefix(folder: string): string {
  return path.join(path.dirname(folder), `.${path.basename(folder)}.new-`);
}

/** Removes what writers that were killed left beside the folder. */
async function sweepSiblings(folder: string): Promise<void> {
  const prefix = path.basename(siblingPrefix(folder));
  for (const name of await readdir(path.dirname(folder)).catch(() => [])) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length).split('-')[0]) : NaN;
    if (Number.isNaN(pid) || pid === process.pid) continue;
    try {
      process.kill(pid, 0);
    } catch (error) {
      if (codeOf(error) === 'ESRCH') await rm(path.join(path.dirname(folder), name), { recursive: true, force: true });
    }
  }
}

/** A folder that is not there yet: made beside its place, complete, then renamed into it. */
async function create(folder: string, files: Files): Promise<boolean> {
  await mkdir(path.dirname(folder), { recursive: true });
  await sweepSiblings(folder);
  const made = `${siblingPrefix(folder)}${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(made);
    await putDown(made, files);
    await swap(made, files);
    await tidy(made, files);
    await rename(made, folder);
    await syncFolder(path.dirname(folder));
    return true;
  } catch (error) {
    await rm(made, { recursive: true, force: true }).catch(() => undefined);
    // Another writer was first: then there is a folder to update now.
    if (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) return false;
    throw error;
  }
}

/**
 * Refuses a place that `writeModel` would refuse, so that a long piece of work does not end there.
 *
 * @throws {@link ModelError} `occupied`
 */
export async function checkPlace(folder: string): Promise<void> {
  try {
    await look(path.resolve(folder));
  } catch (error) {
    throw error instanceof ModelError ? error : unwritable(folder, error);
  }
}

/**
 * Writes a model, the same bytes for the same model. A model that stands there is replaced, and at
 * every moment, also under `kill -9` or on a full disk, the old or the new one is there in full.
 *
 * @param generator name and version of the program, for the reader of the files.
 * @throws {@link ModelError} `occupied`, `locked` or `unwritable`
 */
export async function writeModel(folder: string, model: Model, generator = 'scriptgen'): Promise<void> {
  const place = path.resolve(folder);
  const files = toFiles(model, generator);
  try {
    if ((await look(place)) !== 'model' && (await create(place, files))) return;
    await look(place);
    await update(place, files);
  } catch (error) {
    throw error instanceof ModelError ? error : unwritable(folder, error);
  }
}
