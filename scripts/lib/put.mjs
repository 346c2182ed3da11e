// Puts a result between its marks in a document: <!-- NAME --> … <!-- /NAME -->.
import { readFileSync, writeFileSync } from 'node:fs';

export function put(file, name, text) {
  const whole = readFileSync(file, 'utf8');
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = whole.indexOf(open);
  const to = whole.indexOf(close);
  if (from < 0 || to < from) throw new Error(`${file}: no place for a result between ${open} and ${close}`);
  writeFileSync(file, `${whole.slice(0, from + open.length)}\n\n${text.trim()}\n\n${whole.slice(to)}`);
}
