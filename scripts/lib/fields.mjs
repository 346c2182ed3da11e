// Which bytes of an answer vary between two plays of the same session, and whether those of another server do so too.

/** Beyond this, two texts are not aligned byte by byte but by their common ends only. */
const MOST_CELLS = 4_000_000;
/** Varying bytes with fewer equal ones between them are one field: bytes drawn by lot are equal now and then. */
const CHANCE = 3;

const run = (a, b, length) => ({ a, b, length });

/** Runs that two texts have in common, in order: by position when that holds for most bytes, else a longest common subsequence. */
export function common(left, right) {
  if (left.length === right.length) {
    const runs = equalPlaces(left, right);
    if (2 * sizeOf(runs) >= left.length) return runs;
  }
  const most = Math.min(left.length, right.length);
  let head = 0;
  while (head < most && left[head] === right[head]) head++;
  let tail = 0;
  while (tail < most - head && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail++;
  const [n, m] = [left.length - head - tail, right.length - head - tail];
  const runs = head > 0 ? [run(0, 0, head)] : [];
  if (n > 0 && m > 0 && n * m <= MOST_CELLS)
    runs.push(...subsequence(left.subarray(head, head + n), right.subarray(head, head + m), head));
  if (tail > 0) runs.push(run(left.length - tail, right.length - tail, tail));
  return runs;
}

const sizeOf = (runs) => runs.reduce((sum, { length }) => sum + length, 0);

function equalPlaces(left, right) {
  const runs = [];
  for (let i = 0; i < left.length; i++) {
    if (left[i] !== right[i]) continue;
    const last = runs.at(-1);
    if (last !== undefined && last.a + last.length === i) last.length++;
    else runs.push(run(i, i, 1));
  }
  return runs;
}

function subsequence(left, right, offset) {
  const width = right.length + 1;
  const best = new Uint16Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      best[i * width + j] =
        left[i] === right[j]
          ? best[(i + 1) * width + j + 1] + 1
          : Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
  const runs = [];
  for (let i = 0, j = 0; i < left.length && j < right.length;) {
    if (left[i] === right[j]) {
      const last = runs.at(-1);
      if (last !== undefined && last.a + last.length === i + offset && last.b + last.length === j + offset)
        last.length++;
      else runs.push(run(i + offset, j + offset, 1));
      i++;
      j++;
    } else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) i++;
    else j++;
  }
  return runs;
}

/** Share of the longer text that both have in common. */
export function likeness(left, right) {
  return left.length + right.length === 0 ? 1 : sizeOf(common(left, right)) / Math.max(left.length, right.length);
}

/** The fields of `first` that `second` says otherwise: [from, to) each. Nothing between two common runs is a field too. */
export function varying(first, second) {
  const fields = [];
  let [a, b] = [0, 0];
  for (const { a: nextA, b: nextB, length } of [...common(first, second), run(first.length, second.length, 0)]) {
    if (nextA > a || nextB > b) {
      const last = fields.at(-1);
      if (last !== undefined && a - last[1] < CHANCE) last[1] = nextA;
      else fields.push([a, nextA]);
    }
    [a, b] = [nextA + length, nextB + length];
  }
  return fields;
}

/** The stretch of `other` that stands where `[from, to)` stands in `text`, by what both have in common around it. */
function counterpart(runs, [from, to], length) {
  let [low, high] = [0, length];
  for (const { a, b, length: size } of runs) {
    if (a < from) low = Math.max(low, b + Math.min(size, from - a));
    if (a + size > to) high = Math.min(high, b + Math.max(0, to - a));
  }
  return [low, Math.max(low, high)];
}

const meets = ([from, to], [low, high]) => from <= high && low <= to;

/**
 * Compares how two servers vary, from two plays of one answer against each.
 *
 * @returns `agreed`: fields that vary at both; `frozen`: at the first one only; `jittery`: at the second one only; each
 * with the bytes that were said there.
 */
export function compareVariation([real1, real2], [ours1, ours2]) {
  const [theirs, own] = [varying(real1, real2), varying(ours1, ours2)];
  const there = common(real1, ours1);
  const back = common(ours1, real1);
  const frozen = [];
  let agreed = 0;
  for (const field of theirs) {
    const place = counterpart(there, field, ours1.length);
    if (own.some((other) => meets(other, place))) agreed++;
    else frozen.push({ real: real1.subarray(...field), ours: ours1.subarray(...place), at: field[0] });
  }
  const jittery = own
    .map((field) => ({ field, place: counterpart(back, field, real1.length) }))
    .filter(({ place }) => !theirs.some((other) => meets(other, place)))
    .map(({ field, place }) => ({ real: real1.subarray(...place), ours: ours1.subarray(...field), at: place[0] }));
  return { agreed, frozen, jittery };
}
