// Puts a result between its marks in bench/README.md: <!-- NAME --> … <!-- /NAME -->.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { at } from '../../scripts/lib/project.mjs';
import { today } from '../../scripts/lib/say.mjs';

const file = at('bench', 'README.md');

export function put(name, text) {
  const whole = readFileSync(file, 'utf8');
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = whole.indexOf(open) + open.length;
  const to = whole.indexOf(close);
  writeFileSync(file, `${whole.slice(0, from)}\n\n${text.trim()}\n\n${whole.slice(to)}`);
}

export const machine = () =>
  `${today()}, Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB of memory`;
