/**
 * What every place told and when, in numbers: each place is held against each other one, and most have nothing to do
 * with each other.
 */
import type { Place, Told } from './places.js';

/** What one place told last before each reading of another one: when, -1 for never, and whether that is what was read. */
export interface Before {
  readonly orders: Int32Array;
  readonly right: Uint8Array;
}

interface Account {
  readonly orders: Int32Array;
  /** The values as numbers of the ledger, the same for the same text, and what they are as numbers. */
  readonly values: Int32Array;
  readonly numbers: Float64Array;
}

/** The accounts of all places of a service. */
export class Ledger {
  private readonly values = new Map<string, number>();
  private readonly accounts = new Map<Place, Account>();
  /** The places that tell a value, and those that tell a number. */
  private readonly tellValue = new Map<number, Set<Place>>();
  private readonly tellNumber = new Map<number, Set<Place>>();

  constructor(places: readonly Place[]) {
    for (const place of places) {
      const account = this.accountOf(place.told);
      this.accounts.set(place, account);
      for (const value of account.values) add(this.tellValue, value, place);
      for (const number of account.numbers) add(this.tellNumber, number, place);
    }
  }

  private accountOf(told: readonly Told[]): Account {
    return {
      orders: Int32Array.from(told, ({ event }) => event.order),
      values: Int32Array.from(told, ({ value }) => this.numberOf(value)),
      numbers: Float64Array.from(told, ({ value }) => Number(value)),
    };
  }

  private numberOf(value: string): number {
    let number = this.values.get(value);
    if (number === undefined) this.values.set(value, (number = this.values.size));
    return number;
  }

  /** The places that tell, whenever it be, what is read in at least so many of the first readings of a place. */
  tellingSome(reader: Place, first: number, step: number, least: number): Set<Place> {
    const { values, numbers } = this.of(reader);
    const wanted = new Map<number, number>();
    for (let i = 0; i < Math.min(first, values.length); i++) {
      const value = step === 0 ? (values[i] ?? 0) : (numbers[i] ?? 0) - step;
      wanted.set(value, (wanted.get(value) ?? 0) + 1);
    }
    const counts = new Map<Place, number>();
    for (const [value, count] of wanted)
      for (const place of (step === 0 ? this.tellValue : this.tellNumber).get(value) ?? [])
        counts.set(place, (counts.get(place) ?? 0) + count);
    return new Set([...counts].flatMap(([place, count]) => (count >= least ? [place] : [])));
  }

  /** What a place told last before each of the first readings of another one, which are more by a step. */
  before(reader: Place, first: number, by: Place, step: number): Before {
    const [its, other] = [this.of(reader), this.of(by)];
    const count = Math.min(first, its.orders.length);
    const orders = new Int32Array(count).fill(-1);
    const right = new Uint8Array(count);
    const most = by === reader ? count : other.orders.length;
    for (let i = 0, next = 0; i < count; i++) {
      while (next < most && (other.orders[next] ?? 0) < (its.orders[i] ?? 0)) next++;
      if (next === 0) continue;
      orders[i] = other.orders[next - 1] ?? -1;
      const isRight =
        step === 0
          ? other.values[next - 1] === its.values[i]
          : (other.numbers[next - 1] ?? 0) + step === (its.numbers[i] ?? 0);
      right[i] = Number(isRight);
    }
    return { orders, right };
  }

  private of(place: Place): Account {
    const account = this.accounts.get(place);
    if (!account) throw new RangeError('no such place');
    return account;
  }
}

function add(places: Map<number, Set<Place>>, value: number, place: Place): void {
  const its = places.get(value);
  if (its) its.add(place);
  else places.set(value, new Set([place]));
}

/** The later one of what two places told before each reading. */
export function laterOf(a: Before, b: Before): Before {
  return {
    orders: a.orders.map((order, i) => Math.max(order, b.orders[i] ?? -1)),
    right: a.right.map((right, i) => ((b.orders[i] ?? -1) > (a.orders[i] ?? -1) ? (b.right[i] ?? 0) : right)),
  };
}

/** How many readings are right where the later one of two tells them. */
export function rightOfLater(a: Before, b: Before): number {
  let count = 0;
  for (let i = 0; i < a.right.length; i++)
    count += (b.orders[i] ?? -1) > (a.orders[i] ?? -1) ? (b.right[i] ?? 0) : (a.right[i] ?? 0);
  return count;
}

/** How many readings are right. */
export function rightOf({ right }: Before): number {
  return right.reduce((sum, one) => sum + one, 0);
}
