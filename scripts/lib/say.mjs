// Colours and tables for the scripts: plain Node, so that they run before anything is installed.
const wanted = process.env.FORCE_COLOR ?? (process.env.NO_COLOR === undefined && process.stdout.isTTY ? '1' : '0');
const paint = (open, close) => (text) => (wanted === '0' ? `${text}` : `\x1b[${open}m${text}\x1b[${close}m`);

export const bold = paint(1, 22);
export const dim = paint(2, 22);
export const red = paint(31, 39);
export const green = paint(32, 39);
export const yellow = paint(33, 39);
export const cyan = paint(36, 39);
/** Two kinds of marks that are seen without colours too. */
export const marked = (text) => (wanted === '0' ? `«${text}»` : paint('30;43', '39;49')(text));
export const coloured = (text) => (wanted === '0' ? `‹${text}›` : cyan(text));

/** Rows of strings as aligned columns; columns named in `right` are flushed right. */
export function table(rows, right = []) {
  const widths = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, `${cell}`.length)));
  const line = (row) =>
    row.map((cell, i) => (right.includes(i) ? `${cell}`.padStart(widths[i]) : `${cell}`.padEnd(widths[i]))).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

/** The same as a Markdown table, in the form that prettier leaves alone. */
export function markdown(head, rows, right = []) {
  const cells = [head, ...rows].map((row) => row.map((cell) => `${cell}`.replaceAll('|', '\\|')));
  const widths = head.map((_, i) => Math.max(3, ...cells.map((row) => [...row[i]].length)));
  const pad = (cell, i) => (right.includes(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i]));
  const line = (row) => `| ${row.map(pad).join(' | ')} |`;
  const rule = `| ${widths.map((w, i) => (right.includes(i) ? `${'-'.repeat(w - 1)}:` : '-'.repeat(w))).join(' | ')} |`;
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join('\n');
}

export const today = () => new Date().toISOString().slice(0, 10);
