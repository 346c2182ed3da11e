/** Small things that reports are made of. */
import pc from 'picocolors';
import Table from 'cli-table3';

export const colour = pc;

/** Columns without lines; `numbers` names the columns that stand to the right. */
export function columns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: readonly number[] = [],
): string {
  const none = Object.fromEntries(
    [
      'top',
      'top-mid',
      'top-left',
      'top-right',
      'bottom',
      'bottom-mid',
      'bottom-left',
      'bottom-right',
      'left',
      'left-mid',
      'mid',
      'mid-mid',
      'right',
      'right-mid',
    ].map((part) => [part, '']),
  );
  const table = new Table({
    head: head.map((title) => pc.bold(title)),
    colAligns: head.map((_, i) => (numbers.includes(i) ? 'right' : 'left')),
    chars: { ...none, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** `1 state`, `2 states`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** A size for people. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return count(bytes, 'byte');
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** `3 here, 2 there`, most frequent first. */
export function listCounts(counts: ReadonlyMap<string, number> | Readonly<Record<string, number>>): string {
  const entries =
    counts instanceof Map
      ? [...(counts as ReadonlyMap<string, number>)]
      : Object.entries(counts as Readonly<Record<string, number>>);
  return entries
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([what, n]) => `${n} ${what}`)
    .join(', ');
}

/** One line, or one JSON document, on standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Data as one JSON document; maps become objects. */
export function printJson(data: unknown): void {
  print(
    JSON.stringify(
      data,
      (_, value: unknown) => (value instanceof Map ? (Object.fromEntries(value) as unknown) : value),
      2,
    ),
  );
}
