/** The machine as a drawing: DOT, and SVG made of it. */
import { concat, printable } from '../bytes/bytes.js';
import { serviceName } from './names.js';
import type { ServiceModel, State } from './types.js';
import { classText } from './words.js';

/** States beyond which a drawing shows only the most travelled ones. */
const MOST_DRAWN = 150;

/** Characters of a label. */
const LABEL = 32;
/** Classes named on one arrow. */
const MOST_NAMED = 4;

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function cut(text: string): string {
  const characters = Array.from(text);
  return characters.length > LABEL ? `${characters.slice(0, LABEL).join('')}…` : text;
}

/** The beginning of the answer, with … where a rule makes it. */
function answerText({ answer, close }: State): string {
  const ending = { stay: '', fin: '\nFIN', rst: '\nRST' }[close];
  if (answer.length === 0) return `(says nothing)${ending}`;
  const bytes = concat(
    answer.flatMap(({ pieces }) => pieces.map((piece) => (piece.kind === 'literal' ? piece.bytes : piece.example))),
  );
  return cut(printable(bytes, 2 * LABEL)) + ending;
}

/** The states to draw: all, or those that most samples went through, and always the opening. */
function chosen(states: readonly State[], most: number): ReadonlySet<number> {
  if (states.length <= most) return new Set(states.map((state) => state.id));
  const ranked = states.slice(1).sort((a, b) => b.samples - a.samples || a.id - b.id);
  return new Set([0, ...ranked.slice(0, most - 1).map((state) => state.id)]);
}

/** Classes by the state that they lead to. */
function arrows(service: ServiceModel, from: State): Map<number, { texts: string[]; samples: number }> {
  const byTarget = new Map<number, { texts: string[]; samples: number }>();
  for (const transition of from.transitions) {
    const arrow = byTarget.get(transition.to) ?? { texts: [], samples: 0 };
    const requests = service.classes[transition.class];
    arrow.texts.push(requests === undefined ? `class ${transition.class}` : cut(classText(requests, LABEL)));
    arrow.samples += transition.samples;
    byTarget.set(transition.to, arrow);
  }
  return byTarget;
}

function drawService(service: ServiceModel, index: number, most: number): string[] {
  const { states } = service;
  const drawn = chosen(states, most);
  const total = Math.max(1, ...states.map((state) => state.samples));
  const left = drawn.size < states.length ? ` (the ${drawn.size} most travelled of ${states.length} states)` : '';
  const name = (id: number): string => `s${index}_${id}`;
  const lines = [`  subgraph cluster_${index} {`, `    label=${quote(`${serviceName(service)}${left}`)};`];
  for (const state of states) {
    if (!drawn.has(state.id)) continue;
    const more = state.id === 0 ? ' style="rounded,bold"' : '';
    lines.push(`    ${name(state.id)} [label=${quote(`${state.id}\n${answerText(state)}`)}${more}];`);
  }
  for (const state of states) {
    if (!drawn.has(state.id)) continue;
    for (const [to, { texts, samples }] of arrows(service, state)) {
      if (!drawn.has(to)) continue;
      const named =
        texts.length > MOST_NAMED ? [...texts.slice(0, MOST_NAMED), `and ${texts.length - MOST_NAMED} more`] : texts;
      const width = (1 + (3 * samples) / total).toFixed(2);
      lines.push(
        `    ${name(state.id)} -> ${name(to)} [label=${quote(`${named.join('\n')}\n×${samples}`)} penwidth=${width}];`,
      );
    }
  }
  return [...lines, '  }'];
}

/** The machines in the language of Graphviz. */
export function toDot(services: readonly ServiceModel[], most = MOST_DRAWN): string {
  const head = [
    'digraph scriptgen {',
    '  rankdir=TB;',
    '  node [shape=box style=rounded fontname="monospace" fontsize=10];',
    '  edge [fontname="monospace" fontsize=9];',
  ];
  return `${[...head, ...services.flatMap((service, i) => drawService(service, i, most)), '}'].join('\n')}\n`;
}

/** The machines as SVG. */
export async function toSvg(services: readonly ServiceModel[], most = MOST_DRAWN): Promise<string> {
  // Graphviz takes longer to load than everything else together
  const { instance } = await import('@viz-js/viz');
  const viz = await instance();
  return viz.renderString(toDot(services, most), { format: 'svg', engine: 'dot' });
}
