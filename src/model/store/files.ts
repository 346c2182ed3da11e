/** Writing files so that they are on the disk, not only on the way there. */
import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { ModelError } from '../errors.js';

/** The system's code of an error (`ENOENT`), or nothing. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Writes and makes durable. */
export async function writeDurably(file: string, data: string | Uint8Array): Promise<void> {
  const handle = await open(file, 'w', 0o644);
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the names in a folder durable; a file system that can not do that for folders is left alone. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!['EISDIR', 'EINVAL', 'EPERM', 'EACCES'].includes(codeOf(error))) throw error;
  }
}

/** Whether the file is there with these contents already. */
export async function hasHash(file: string, hash: string): Promise<boolean> {
  try {
    return (
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex') === hash
    );
  } catch {
    return false;
  }
}

/** What the system said, as a sentence about the model that could not be written. */
export function unwritable(folder: string, error: unknown): ModelError {
  const reasons: Record<string, string> = {
    ENOSPC: 'the disk is full; free some space',
    EDQUOT: 'the disk quota is used up; free some space',
    EACCES: 'permission denied; choose another place',
    EPERM: 'permission denied; choose another place',
    EROFS: 'the file system is read-only; choose another place',
    ENOTDIR: 'a part of this path is a file, not a folder; choose another place',
    EEXIST: 'a part of this path is a file, not a folder; choose another place',
    ENAMETOOLONG: 'the name is too long; choose another place',
    ENOENT: 'the folder was taken away meanwhile; try again',
  };
  const reason = reasons[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
  return new ModelError('unwritable', `${folder}: can not write the model: ${reason}`, { cause: error });
}
