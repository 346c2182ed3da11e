// A line chart as SVG: one thin line for each of many, a thick one for all, a dashed one to compare with. Readable on
// light and on dark ground.
const SIZE = { width: 860, height: 470, left: 62, right: 150, top: 26, bottom: 54 };
const HUES = ['#4477aa', '#cc6677', '#228833', '#b8860b', '#5599bb', '#aa3377', '#777777', '#997700'];

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const round = (value) => Math.round(value * 10) / 10;

/** Heights for labels that want to be at `wanted` (sorted), at least `gap` apart and between `low` and `high`. */
export function spread(wanted, gap, low, high) {
  const placed = [];
  wanted.forEach((y, i) => placed.push(Math.max(y, i === 0 ? low : placed[i - 1] + gap)));
  for (let i = placed.length - 1, most = high; i >= 0; i--, most -= gap) placed[i] = Math.min(placed[i], most);
  return placed;
}

/**
 * @param lines [{ title, values, style }] with a share 0…1 (or undefined) for each of `xs`; `style` is 'thin', 'thick'
 * or 'dashed'. The x axis is logarithmic.
 */
export function lineChart({ title, xs, xTitle, yTitle, lines }) {
  const { width, height, left, right, top, bottom } = SIZE;
  const sorted = [...xs].sort((a, b) => a - b);
  const [least, most] = [Math.log(sorted[0]), Math.log(sorted.at(-1))];
  const x = (value) => left + ((Math.log(value) - least) / (most - least || 1)) * (width - left - right);
  const y = (share) => top + (1 - share) * (height - top - bottom);
  const grid = [0, 0.25, 0.5, 0.75, 1]
    .map(
      (share) =>
        `<path class="grid" d="M${left} ${round(y(share))}H${width - right}"/><text x="${left - 8}" y="${round(y(share) + 4)}" text-anchor="end">${share * 100} %</text>`,
    )
    .concat(
      sorted.map(
        (value) =>
          `<path class="grid" d="M${round(x(value))} ${top}V${height - bottom}"/><text x="${round(x(value))}" y="${height - bottom + 18}" text-anchor="middle">${value}</text>`,
      ),
    );
  const drawn = lines
    .map((line, i) => ({ ...line, hue: HUES[i % HUES.length] }))
    .map((line) => ({
      ...line,
      points: xs
        .map((value, i) => [value, line.values[i]])
        .filter(([, share]) => share !== undefined && !Number.isNaN(share))
        .sort(([a], [b]) => a - b),
    }))
    .filter(({ points }) => points.length > 0);
  const paths = drawn.map(({ points, style, hue }) => {
    const d = points.map(([at, share], i) => `${i === 0 ? 'M' : 'L'}${round(x(at))} ${round(y(share))}`).join('');
    return `<path class="line ${style}" d="${d}"${style === 'thin' ? ` stroke="${hue}"` : ''}/>`;
  });
  const ends = drawn
    .map((line) => ({ ...line, end: y(line.points.at(-1)[1]), from: x(line.points.at(-1)[0]) }))
    .sort((a, b) => a.end - b.end);
  const heights = spread(
    ends.map(({ end }) => end),
    15,
    top,
    height - bottom + 6,
  );
  const labels = ends.map(({ title: name, style, hue, end, from }, i) => {
    const to = width - right + 26;
    const paint = style === 'thin' ? ` fill="${hue}"` : '';
    return `<path class="lead" d="M${round(from + 3)} ${round(end)}L${to - 3} ${round(heights[i])}"/><text class="label ${style}" x="${to}" y="${round(heights[i] + 4)}"${paint}>${escape(name)}</text>`;
  });
  const middle = (top + height - bottom) / 2;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="${escape(title)}">
  <style>
    svg { background: #ffffff }
    text { fill: #333 }
    .grid, .lead { stroke: #8884; fill: none }
    .line { fill: none; stroke-linejoin: round; stroke-linecap: round }
    .thin { stroke-width: 1.3; opacity: 0.85 }
    .thick { stroke-width: 4; stroke: #111 }
    .dashed { stroke-width: 2.5; stroke: #c0392b; stroke-dasharray: 7 6 }
    text.thin { fill-opacity: 1; stroke: none }
    text.thick { stroke: none; font-weight: bold }
    text.dashed { stroke: none; fill: #c0392b; font-weight: bold }
    @media (prefers-color-scheme: dark) {
      svg { background: #16181d }
      text { fill: #ddd }
      .thick { stroke: #fff }
      .dashed { stroke: #ff7b6b }
      text.dashed { fill: #ff7b6b }
    }
  </style>
  ${grid.join('\n  ')}
  <text x="${(left + width - right) / 2}" y="${height - 12}" text-anchor="middle">${escape(xTitle)}</text>
  <text x="16" y="${middle}" text-anchor="middle" transform="rotate(-90 16 ${middle})">${escape(yTitle)}</text>
  ${paths.join('\n  ')}
  ${labels.join('\n  ')}
</svg>
`;
}
