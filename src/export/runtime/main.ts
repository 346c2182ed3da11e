/** Where the bundle of an exported script begins: behind the model, which the script holds under this name. */
import type { Packed } from '../pack.js';
import { run } from './run.js';

declare const SCRIPTGEN_MODEL: Packed;

const fail = (error: unknown): number => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
};
process.exit(await run(SCRIPTGEN_MODEL, process.argv.slice(2), process.argv[1] ?? '').catch(fail));
