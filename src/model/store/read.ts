/** Folder → model: every file checked against its hash, the data against the schema. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Model, ServiceModel } from '../types.js';
import { SCHEMA_VERSION } from '../types.js';
import { ModelError } from '../errors.js';
import { decode, sha256 } from './encode.js';
import { codeOf } from './files.js';
import type { Json } from './json.js';
import { FORMAT, INDEX_FILE, LITERAL_FOLDER, isServiceFile, nextFile } from './layout.js';
import { checkSchema, migrate } from './migrate.js';
import { checkOptions, checkRefined, checkRefused, checkService } from './validate.js';

/** Looks at a folder whose index is a new one at every look: somebody writes all the while. */
const LOOKS = 100;
/** Looks at a folder whose index stays: what it names is not there. */
const SAME_LOOKS = 3;

function parseJson(text: string, file: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/\s+/g, ' ') : '';
    throw new ModelError('damaged', `${file}: cut off or changed: ${why}; restore it, or learn the model again`, {
      cause: error,
    });
  }
}

async function readIndex(folder: string): Promise<string> {
  const file = path.join(folder, INDEX_FILE);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') {
      const there = await readFile(folder).then(
        () => true,
        (e: unknown) => codeOf(e) !== 'ENOENT',
      );
      throw new ModelError(
        'missing',
        there
          ? `${folder}: no model here (${INDEX_FILE} is missing); name the folder that \`scriptgen learn\` wrote`
          : `${folder}: there is no such folder`,
        { cause: error },
      );
    }
    if (code === 'ENOTDIR')
      throw new ModelError(
        'missing',
        `${folder}: a file, not the folder of a model; name the folder that \`scriptgen learn\` wrote`,
        { cause: error },
      );
    throw new ModelError('missing', `${file}: can not be read: ${error instanceof Error ? error.message : code}`, {
      cause: error,
    });
  }
}

/**
 * The version of a service file that the index names: under its plain name or, for a moment, under the next one's,
 * and then under the plain name after all, when a writer gave it that between the two looks.
 */
async function readService(folder: string, name: string, hash: string): Promise<string | null> {
  for (const candidate of [name, nextFile(name, hash), name]) {
    const bytes = await readFile(path.join(folder, candidate)).catch(() => null);
    if (bytes !== null && sha256(bytes) === hash) return bytes.toString('utf8');
  }
  return null;
}

async function readLiterals(folder: string, data: Json): Promise<Map<string, Uint8Array>> {
  const literals = new Map<string, Uint8Array>();
  const hashes = new Set(JSON.stringify(data).match(/(?<="sha256:)[0-9a-f]{64}(?=")/g) ?? []);
  for (const hash of hashes) {
    const file = path.join(folder, LITERAL_FOLDER, hash);
    const bytes = await readFile(file).catch(() => null);
    if (bytes === null) throw new ModelError('damaged', `${file}: missing; restore it, or learn the model again`);
    if (sha256(bytes) !== hash)
      throw new ModelError('damaged', `${file}: changed since it was written; restore it, or learn the model again`);
    literals.set(hash, new Uint8Array(bytes));
  }
  return literals;
}

async function decodeFile(folder: string, file: string, data: Json): Promise<unknown> {
  const literals = await readLiterals(folder, data);
  return decode(data, file, (hash, place) => {
    const bytes = literals.get(hash);
    if (bytes === undefined) throw new ModelError('damaged', `${file}: ${place} names a literal that is not there`);
    return bytes;
  });
}

/** The list of services of an index. */
function entries(index: Readonly<Record<string, Json>>, file: string): { file: string; sha256: string }[] {
  const list = index['services'];
  if (!Array.isArray(list)) throw new ModelError('damaged', `${file}: services is not a list`);
  return (list as readonly Json[]).map((member, i) => {
    const { file: name, sha256: hash } = Object(member) as { file?: unknown; sha256?: unknown };
    // The name is checked because a path in it would lead out of the folder.
    if (typeof name !== 'string' || !isServiceFile(name) || typeof hash !== 'string') {
      throw new ModelError('damaged', `${file}: services[${i}] does not name a file and its hash`);
    }
    return { file: name, sha256: hash };
  });
}

async function readAll(folder: string, indexText: string): Promise<Model> {
  const file = path.join(folder, INDEX_FILE);
  const index = parseJson(indexText, file);
  if (
    index === null ||
    typeof index !== 'object' ||
    Array.isArray(index) ||
    (index as { format?: unknown }).format !== FORMAT
  ) {
    throw new ModelError('missing', `${file}: not the index of a scriptgen model`);
  }
  const own = new Set(['format', 'generator']);
  const rest = Object.fromEntries(
    Object.entries(index as Readonly<Record<string, Json>>).filter(([key]) => !own.has(key)),
  );
  const schema = checkSchema(rest['schema'], file);
  const services: unknown[] = [];
  const names: string[] = [];
  for (const { file: name, sha256: hash } of entries(rest, file)) {
    const place = path.join(folder, name);
    const text = await readService(folder, name, hash);
    if (text === null) {
      const there = await readFile(place).then(
        () => true,
        () => false,
      );
      throw new ModelError(
        'damaged',
        `${place}: ${there ? 'changed since it was written' : 'missing'}; restore it, or learn the model again`,
      );
    }
    services.push(await decodeFile(folder, place, parseJson(text, place)));
    names.push(place);
  }
  const decoded = (await decodeFile(folder, file, { ...rest, services: [] })) as Readonly<Record<string, unknown>>;
  const model = migrate({ ...decoded, services }, schema);
  const migrated = model['services'] as readonly unknown[];
  migrated.forEach((service, i) => checkService(service, names[i] ?? file));
  const options = checkOptions(model['options'], file);
  checkRefused(model['refused'], file);
  const refined = checkRefined(model['refined'], file);
  const read: Model = { ...model, schema: SCHEMA_VERSION, options, services: migrated as readonly ServiceModel[] };
  return refined ? { ...read, refined } : read;
}

/**
 * Reads a model from its folder.
 *
 * @throws {@link ModelError} `missing`, `newer` or `damaged`, naming the file and the place.
 */
export async function readModel(folder: string): Promise<Model> {
  let index = await readIndex(folder);
  let same = 1;
  for (let look = 1; ; look++) {
    try {
      return await readAll(folder, index);
    } catch (error) {
      const again = await readIndex(folder);
      // only looks at this very index tell that it is the folder that is damaged
      same = again === index ? same + 1 : 1;
      if (look >= LOOKS || same > SAME_LOOKS) throw error;
      index = again;
    }
  }
}
