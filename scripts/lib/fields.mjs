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
    if (nextA > a || nextB > b) fields.push([a, nextA]);
    [a, b] = [nextA + length, nextB + length];
  }
  return joined(fields);
}

/** Fields in order, those that touch or have next to nothing between them as one. */
function joined(fields) {
  const all = [];
  for (const [from, to] of [...fields].sort(([a], [b]) => a - b)) {
    const last = all.at(-1);
    if (last !== undefined && from - last[1] < CHANCE) last[1] = Math.max(last[1], to);
    else all.push([from, to]);
  }
  return all;
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
 * The fields of a server from pairs of plays of one answer, by their place in the first play: what differs in one pair or
 * another. A byte drawn by lot is the same now and then, so only several pairs show where a field begins and ends.
 *
 * @returns the fields, and in how many pairs a stretch of the first play varies
 */
export function variation(pairs) {
  const [[base]] = pairs;
  const found = pairs.map(([first, second]) => {
    const runs = common(first, base);
    return varying(first, second).map((field) => counterpart(runs, field, base.length));
  });
  return {
    fields: joined(found.flat()),
    times: (place) => found.filter((fields) => fields.some((field) => meets(field, place))).length,
  };
}

/**
 * Compares how two servers vary, each known by as many pairs of plays of one answer. A field that varies in more than
 * half of the pairs of one server and in none of the other's is a disagreement. In a half or less it may be chance (a
 * clock that happened to tick, two clients that met): with four pairs, servers that vary alike, however often, are told
 * apart by this in less than one of twenty fields.
 *
 * @param count pairs that there should be: where a client's session was cut otherwise in some plays, there are fewer
 * @returns `agreed`: fields that vary at both; `frozen`: at the first one only; `jittery`: at the second one only; each
 * with the bytes that were said there, and the pairs in which it varies at each; `chance`: at one only, now and then.
 */
export function compareVariation(real, ours, count = Math.max(real.length, ours.length)) {
  const [theirs, own] = [variation(real), variation(ours)];
  const [[[base]], [[ownBase]]] = [real, ours];
  const there = common(base, ownBase);
  const back = common(ownBase, base);
  const sum = { agreed: 0, chance: 0, frozen: [], jittery: [] };
  const oneSided = (kind, place, ownPlace) => {
    const times = [theirs.times(place), own.times(ownPlace)];
    if (2 * Math.max(...times) <= count) sum.chance++;
    else sum[kind].push({ real: base.subarray(...place), ours: ownBase.subarray(...ownPlace), at: place[0], times });
  };
  for (const field of theirs.fields) {
    const place = counterpart(there, field, ownBase.length);
    if (own.times(place) > 0) sum.agreed++;
    else oneSided('frozen', field, place);
  }
  for (const field of own.fields) {
    const place = counterpart(back, field, base.length);
    if (theirs.times(place) === 0) oneSided('jittery', place, field);
  }
  return sum;
}
