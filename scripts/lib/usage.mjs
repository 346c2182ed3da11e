// The command line of a script; `--help` prints the comment that the script opens with.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** The values said. `url` is the script's `import.meta.url`; a wrong command line ends it with a sentence and status 2. */
export function options(url, known) {
  try {
    const { values } = parseArgs({ options: { ...known, help: { type: 'boolean', short: 'h', default: false } } });
    if (!values.help) return values;
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
  const lines = readFileSync(fileURLToPath(url), 'utf8').split('\n').slice(1);
  const end = lines.findIndex((line) => !line.startsWith('//'));
  console.log(
    lines
      .slice(0, end)
      .map((line) => line.replace(/^\/\/ ?/, ''))
      .join('\n'),
  );
  process.exit(0);
}

/** `a,b` as a list. */
export const list = (text) => text?.split(',').filter((word) => word !== '');
export const numbers = (text) => list(text)?.map(Number);
