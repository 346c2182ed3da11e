// Where the benchmarks ran, and where their results go.
import { cpus, totalmem } from 'node:os';
import { at } from '../../scripts/lib/project.mjs';
import { put as putInto } from '../../scripts/lib/put.mjs';
import { today } from '../../scripts/lib/say.mjs';

export const put = (name, text) => putInto(at('bench', 'README.md'), name, text);

export const machine = () =>
  `${today()}, Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB of memory`;
