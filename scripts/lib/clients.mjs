// The project's own clients, scripts/long/*.py, on a stage of the testbed.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { at } from './project.mjs';
import { folderOf, lastLine, testbedFolder } from './testbed.mjs';

/**
 * One long session: { right, made, exchanges: [right, made], kinds, failures }. `exchanges` asks for so many exchanges
 * instead of operations; `split` is whose words it says, those of training or of test.
 */
export async function playLong(stage, protocol, { target, seed, operations = 30, exchanges = 0, split = 'test' }) {
  const work = mkdtempSync(join(stage.folder, 'client-'));
  await stage.from(target, split === 'train' ? seed : 20_000 + seed);
  const env = {
    TARGET: target,
    SPLIT: split,
    SEED: `${seed}`,
    WORK: work,
    HOME: work,
    HERE: folderOf(protocol),
    PYTHONPATH: testbedFolder,
    OPERATIONS: `${operations}`,
    EXCHANGES: `${exchanges}`,
    LC_ALL: 'C',
  };
  try {
    const timeout = 10_000 * (operations + exchanges);
    const played = await stage.run(['python3', at('scripts', 'long', `${protocol}.py`)], { env, cwd: work, timeout });
    const lines = played.out.trim().split('\n');
    if (!lines.at(-1).startsWith('{')) throw new Error(`${protocol}.py: ${lastLine(played.err)}`);
    return { ...JSON.parse(lines.at(-1)), failures: lines.slice(0, -1), seconds: played.seconds };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
