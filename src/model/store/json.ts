/** JSON for people and for `diff`: what fits on a line stands on one line, everything else one member a line. */

/** A value as JSON knows it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const WIDTH = 120;

/** Quoted; byte strings in ASCII only, so that an editor can not take them for another encoding. */
function quote(text: string): string {
  const quoted = JSON.stringify(text);
  if (!text.startsWith('b:')) return quoted;
  return quoted.replace(/[\x7f-\xff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function fill(parts: readonly string[], indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const part of parts) {
    const next = line === '' ? part : `${line}, ${part}`;
    if (line !== '' && indent.length + next.length > WIDTH) {
      lines.push(line);
      line = part;
    } else line = next;
  }
  lines.push(line);
  return lines.join(`,\n${indent}`);
}

function render(value: Json, depth: number): string {
  if (typeof value === 'string') return quote(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no form in JSON`);
    return JSON.stringify(value);
  }
  const list = Array.isArray(value) ? (value as readonly Json[]) : null;
  const parts =
    list === null
      ? Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${render(member, depth + 1)}`)
      : list.map((member) => render(member, depth + 1));
  const [open, close] = list === null ? (['{', '}'] as const) : (['[', ']'] as const);
  if (parts.length === 0) return open + close;
  let length = depth * 2 + 4;
  for (const part of parts) length += part.length + 2;
  if (length <= WIDTH && !parts.some((part) => part.includes('\n'))) {
    return list === null ? `{ ${parts.join(', ')} }` : `[${parts.join(', ')}]`;
  }
  const indent = '  '.repeat(depth + 1);
  const body = list?.every((member) => typeof member === 'number') ? fill(parts, indent) : parts.join(`,\n${indent}`);
  return `${open}\n${indent}${body}\n${'  '.repeat(depth)}${close}`;
}

/** The value as text, ending in a line feed. */
export function toJson(value: Json): string {
  return `${render(value, 0)}\n`;
}
