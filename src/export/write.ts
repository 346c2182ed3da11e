/** Puts what was exported where it was asked for; what stands there is only replaced on request. */
import { randomBytes } from 'node:crypto';
import { access, chmod, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { ExportError } from './errors.js';
import type { ExportedFile } from './honeyd.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the disk quota is used up; free some space',
  EACCES: 'permission denied; choose another place',
  EPERM: 'permission denied; choose another place',
  EROFS: 'the file system is read-only; choose another place',
  ENOENT: 'there is no such folder; make it first',
  ENOTDIR: 'a part of this path is a file, not a folder; choose another place',
  EISDIR: 'there is a folder of this name; choose another name',
  ENAMETOOLONG: 'the name is too long; choose another place',
};

/**
 * Writes one file, in full or not at all.
 *
 * @throws {@link ExportError} `occupied` or `unwritable`
 */
export async function writeFile(
  file: string,
  { text, program }: Omit<ExportedFile, 'name'>,
  force: boolean,
): Promise<void> {
  await refuse(file, force);
  const made = path.join(
    path.dirname(file),
    `.${path.basename(file)}.new-${process.pid}-${randomBytes(4).toString('hex')}`,
  );
  const mode = program ? 0o755 : 0o644;
  try {
    const handle = await open(made, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await chmod(made, mode);
    await rename(made, file);
  } catch (error) {
    await rm(made, { force: true }).catch(() => undefined);
    throw unwritable(file, error);
  }
}

/**
 * Writes files into a folder, which is made when it is not there.
 *
 * @throws {@link ExportError} `occupied` or `unwritable`
 */
export async function writeFolder(folder: string, files: readonly ExportedFile[], force: boolean): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    if (!force && (await readdir(folder)).length > 0) {
      throw new ExportError(
        'occupied',
        `${folder}: this folder is not empty and is left as it is; choose another -o, or add --force`,
      );
    }
  } catch (error) {
    const file = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (file) throw new ExportError('occupied', `${folder}: there is a file of this name; choose another -o`);
    throw unwritable(folder, error);
  }
  for (const file of files) await writeFile(path.join(folder, file.name), file, force);
}

async function refuse(file: string, force: boolean): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (there?.isDirectory())
    throw new ExportError('occupied', `${file}: there is a folder of this name; choose another -o`);
  if (there && !force) {
    throw new ExportError(
      'occupied',
      `${file}: there is a file of this name, which is left as it is; choose another -o, or add --force`,
    );
  }
  await access(path.dirname(file)).catch((error: unknown) => {
    throw unwritable(file, error);
  });
}

function unwritable(place: string, error: unknown): ExportError {
  if (error instanceof ExportError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = REASONS[code] ?? (error instanceof Error ? error.message : String(error));
  return new ExportError('unwritable', `${place}: can not be written: ${reason}`, { cause: error });
}
