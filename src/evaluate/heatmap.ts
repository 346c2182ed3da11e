/** The surface over W and w as a drawing: heat maps, light where little is lost. */
import type { Cell, Surface } from './surface.js';

const SIDE = 46;
const MARGIN = 54;
const GAP = 70;

/** Light (1) to dark (0), as in the paper's figure 6: a scale that prints in grey too. */
function shade(value: number): string {
  const mix = (from: number, to: number): number => Math.round(from + (to - from) * Math.max(0, Math.min(1, value)));
  return `rgb(${mix(28, 250)},${mix(42, 246)},${mix(84, 214)})`;
}

interface Panel {
  readonly title: string;
  readonly light: (cell: Cell) => number;
  readonly label: (cell: Cell) => string;
}

function draw(cells: readonly Cell[], values: readonly number[], panel: Panel, left: number): string[] {
  const parts = [`<text x="${left}" y="24" font-weight="bold">${panel.title}</text>`];
  const bottom = MARGIN + values.length * SIDE;
  for (const cell of cells) {
    const x = left + values.indexOf(cell.micro) * SIDE;
    const y = bottom - (values.indexOf(cell.macro) + 1) * SIDE;
    const light = panel.light(cell);
    const middle = `x="${x + SIDE / 2}" y="${y + SIDE / 2 + 4}" text-anchor="middle"`;
    parts.push(`<rect x="${x}" y="${y}" width="${SIDE}" height="${SIDE}" fill="${shade(light)}"/>`);
    parts.push(`<text ${middle} fill="${light > 0.5 ? '#222' : '#fff'}">${panel.label(cell)}</text>`);
  }
  values.forEach((value, i) => {
    parts.push(`<text x="${left + i * SIDE + SIDE / 2}" y="${bottom + 16}" text-anchor="middle">${value}</text>`);
    parts.push(`<text x="${left - 8}" y="${bottom - i * SIDE - SIDE / 2 + 4}" text-anchor="end">${value}</text>`);
  });
  const center = left + (values.length * SIDE) / 2;
  parts.push(`<text x="${center}" y="${bottom + 34}" text-anchor="middle">micro (w)</text>`);
  const middle = MARGIN + (values.length * SIDE) / 2;
  parts.push(`<text transform="translate(${left - 34} ${middle}) rotate(-90)" text-anchor="middle">macro (W)</text>`);
  return parts;
}

/** An SVG document: the number of states beside the mean similarity, for the paper's machine above the one learned. */
export function heatmap({ service, sessions, cells }: Surface): string {
  const values = [...new Set(cells.map((cell) => cell.macro))];
  const part = (value: number, from: number, to: number): number => (to === from ? 1 : (value - from) / (to - from));
  const panelsOf = (machine: 'paper' | 'learned', name: string): Panel[] => {
    const states = cells.map((cell) => cell[machine].states);
    const worst = Math.min(...cells.map((cell) => cell[machine].similarity));
    return [
      {
        title: `${service}, ${name}: states`,
        light: (cell) => 1 - part(cell[machine].states, Math.min(...states), Math.max(...states)),
        label: (cell) => String(cell[machine].states),
      },
      {
        title: `mean similarity, ${sessions} sessions`,
        light: (cell) => part(cell[machine].similarity, worst, 1),
        label: (cell) => cell[machine].similarity.toFixed(2),
      },
    ];
  };
  const size = values.length * SIDE;
  const width = MARGIN + 2 * size + GAP + 20;
  const row = MARGIN + size + 48;
  const rows = [panelsOf('paper', 'as in the paper'), panelsOf('learned', 'as learned')];
  const drawn = rows.flatMap((panels, y) => [
    `<g transform="translate(0 ${y * row})">`,
    ...panels.flatMap((panel, i) => draw(cells, values, panel, MARGIN + i * (size + GAP))),
    '</g>',
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${2 * row}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${2 * row}" fill="#fff"/>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}
