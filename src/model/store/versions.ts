/**
 * The versions of a model: beside the one that counts lie those before it, and those that wait for approval,
 * each as a whole model in a folder of its own (`layout.ts`). Every step leaves whole models behind it: a
 * version is put down before the model is replaced.
 */
import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { ModelError } from '../errors.js';
import type { Model, Refined, Refinement } from '../types.js';
import { decode } from './encode.js';
import { unwritable } from './files.js';
import type { Json } from './json.js';
import { INDEX_FILE, VERSION_FOLDER } from './layout.js';
import { lock } from './lock.js';
import { readModel } from './read.js';
import { checkRefined } from './validate.js';
import { writeModel } from './write.js';

/** Versions that are kept beside the one that counts. */
const MOST_VERSIONS = 10;

export interface VersionInfo {
  readonly version: number;
  /** The version that it was made from; 0: it was learned. */
  readonly from: number;
  readonly refinement: Refinement | null;
  /** It counts; it counted once; it has never been approved. */
  readonly status: 'current' | 'earlier' | 'waiting';
}

/** 1 is the model as it was learned. */
export function versionOf(model: Model): number {
  return model.refined?.version ?? 1;
}

const placeOf = (folder: string, version: number): string => path.join(folder, VERSION_FOLDER, String(version));

async function numbers(folder: string): Promise<number[]> {
  const names = await readdir(path.join(folder, VERSION_FOLDER)).catch(() => []);
  return names
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

async function refinedIn(folder: string): Promise<Model['refined']> {
  const file = path.join(folder, INDEX_FILE);
  const index = JSON.parse(await readFile(file, 'utf8')) as Readonly<Record<string, Json>>;
  const refined = index['refined'];
  return refined === undefined
    ? undefined
    : checkRefined(
        decode(refined, file, () => new Uint8Array(0)),
        file,
      );
}

/** Takes the lock on all versions while it does something. */
async function alone<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const versions = path.join(folder, VERSION_FOLDER);
  try {
    await mkdir(versions, { recursive: true });
  } catch (error) {
    throw unwritable(folder, error);
  }
  const unlock = await lock(versions);
  try {
    return await work();
  } finally {
    await unlock();
  }
}

/** All versions of a model, in order. */
export async function listVersions(folder: string): Promise<VersionInfo[]> {
  const current = (await readModel(folder)).refined;
  const info = (refined: Model['refined'], status: VersionInfo['status']): VersionInfo => ({
    version: refined?.version ?? 1,
    from: refined?.from ?? 0,
    refinement: refined?.refinements.at(-1) ?? null,
    status,
  });
  const others: VersionInfo[] = [];
  for (const version of await numbers(folder)) {
    if (version === (current?.version ?? 1)) continue;
    const refined = await refinedIn(placeOf(folder, version)).catch(() => null);
    if (refined !== null) others.push(info(refined, refined?.waiting === true ? 'waiting' : 'earlier'));
  }
  return [...others, info(current, 'current')].sort((a, b) => a.version - b.version);
}

/** The number for the next version: no version has ever had it. */
export async function nextVersion(folder: string, model: Model): Promise<number> {
  return Math.max(versionOf(model), ...(await numbers(folder))) + 1;
}

/**
 * Makes a new version the one that counts; the one before is kept.
 *
 * @throws {@link ModelError} `stale` when another one counts meanwhile
 */
export async function adoptVersion(folder: string, before: Model, model: Model, generator?: string): Promise<void> {
  await alone(folder, async () => {
    const now = (await refinedIn(folder))?.version ?? 1;
    if (now !== versionOf(before))
      throw new ModelError(
        'stale',
        `${folder}: the model has become version ${now} while version ${versionOf(before)} was refined; refine it again`,
      );
    await replace(folder, before, model, generator);
  });
}

async function replace(folder: string, before: Model, model: Model, generator?: string): Promise<void> {
  await writeModel(placeOf(folder, versionOf(before)), before, generator);
  await writeModel(folder, model, generator);
  await rm(placeOf(folder, versionOf(model)), { recursive: true, force: true });
  await prune(folder, model);
}

/** Puts a new version aside until it is approved. */
export async function putAside(folder: string, model: Model, generator?: string): Promise<void> {
  const { refined } = model;
  if (!refined) throw new RangeError('a model that was not refined needs no approval');
  await alone(folder, async () => {
    const waiting = { ...model, refined: { ...refined, waiting: true as const } };
    await writeModel(placeOf(folder, refined.version), waiting, generator);
    await prune(folder, await readModel(folder), refined.version);
  });
}

/** The oldest versions go, but for the one that the present one was made from. */
async function prune(folder: string, model: Model, added = 0): Promise<void> {
  const all = await numbers(folder);
  const gone = all
    .filter((v) => v !== model.refined?.from && v !== added)
    .slice(0, Math.max(0, all.length - MOST_VERSIONS));
  for (const version of gone) await rm(placeOf(folder, version), { recursive: true, force: true });
}

/**
 * Goes back to the version before.
 *
 * @throws {@link ModelError} `missing` when there is none
 */
export async function undoVersion(folder: string, generator?: string): Promise<{ left: number; now: number }> {
  return alone(folder, async () => {
    const model = await readModel(folder);
    const left = versionOf(model);
    if (!model.refined)
      throw new ModelError('missing', `${folder}: this is the model as it was learned; there is nothing to undo`);
    const now = model.refined.from;
    if (!(await numbers(folder)).includes(now))
      throw new ModelError(
        'missing',
        `${folder}: version ${now}, from which version ${left} was made, is no longer kept`,
      );
    await replace(folder, model, await readModel(placeOf(folder, now)), generator);
    return { left, now };
  });
}

/**
 * Makes a version that waits, or an earlier one, the one that counts.
 *
 * @throws {@link ModelError} `missing`; `stale` when it was made from another version than the present one
 */
export async function approveVersion(folder: string, version: number, generator?: string): Promise<void> {
  await alone(folder, async () => {
    if (!(await numbers(folder)).includes(version))
      throw new ModelError(
        'missing',
        `${folder}: there is no version ${version} that waits; scriptgen versions lists them`,
      );
    const model = await readModel(folder);
    const other = await readModel(placeOf(folder, version));
    if (!other.refined || other.refined.from !== versionOf(model))
      throw new ModelError(
        'stale',
        `${folder}: version ${version} was made from version ${other.refined?.from ?? 0}, but the model is version ${versionOf(model)} now; refine it again`,
      );
    const refined: { -readonly [K in keyof Refined]: Refined[K] } = { ...other.refined };
    delete refined.waiting;
    await replace(folder, model, { ...other, refined }, generator);
  });
}

/** Takes all other versions away: the model was learned anew. */
export async function dropVersions(folder: string): Promise<void> {
  await rm(path.join(folder, VERSION_FOLDER), { recursive: true, force: true });
}
