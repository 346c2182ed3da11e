/** The machine for others: what a model can be exported to, and how. */
import path from 'node:path';
import { ExportError } from './errors.js';
import { makeHoneyd } from './honeyd.js';
import { makeScript, readRuntime } from './script.js';
import { writeFile, writeFolder } from './write.js';
import type { ServiceModel } from '../model/types.js';

export { ExportError } from './errors.js';
export type { ExportErrorCode } from './errors.js';
export { nameOf } from './pack.js';
export { makeHoneyd } from './honeyd.js';
export { makeScript, readRuntime } from './script.js';

/** What a model can be exported to, with a line on each for people. */
export const TARGETS = {
  script: 'one file that plain node runs, as a server or on standard input and output',
  honeyd: 'a folder with a script for each service and the honeyd.conf that starts them',
} as const;

/** The name of a form that a model can be exported to. */
export type Target = keyof typeof TARGETS;

/** Whether there is such a form. */
export function isTarget(name: string): name is Target {
  return Object.hasOwn(TARGETS, name);
}

/** What to export, and where to. */
export interface ExportRequest {
  readonly services: readonly ServiceModel[];
  /** A file for `script`, a folder for `honeyd`. */
  readonly output: string;
  /** Whether what stands there is replaced. */
  readonly force: boolean;
  /** Name and version of the program. */
  readonly generator: string;
}

/** What was written. */
export interface Exported {
  readonly files: readonly string[];
  /** Sentences about what the form can not do. */
  readonly remarks: readonly string[];
}

/**
 * Exports services.
 *
 * @throws {@link ExportError}
 */
export async function exportTo(
  target: Target,
  { services, output, force, generator }: ExportRequest,
): Promise<Exported> {
  if (services.length === 0)
    throw new ExportError('unfit', 'the model holds no service; learn one with server answers in it');
  const runtime = await readRuntime();
  if (target === 'script') {
    const text = makeScript({ services, name: path.basename(output), generator, runtime });
    await writeFile(output, { text, program: true }, force);
    return { files: [output], remarks: [] };
  }
  const folder = path.resolve(output);
  const { files, remarks } = makeHoneyd({ services, folder, node: process.execPath, generator, runtime });
  await writeFolder(folder, files, force);
  return { files: files.map((file) => path.join(output, file.name)), remarks };
}
