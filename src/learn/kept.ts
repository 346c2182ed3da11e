/** What was found out once, kept as long as what it is about: the same things are asked in many groups of samples. */

/** The function, which finds out only once what it is asked about an object. */
export function once<About extends WeakKey, T>(find: (about: About) => T): (about: About) => T {
  const kept = new WeakMap<About, T>();
  return (about) => {
    let told = kept.get(about);
    if (told === undefined) kept.set(about, (told = find(about)));
    return told;
  };
}

/** Answers to questions about objects. */
export class Kept<About extends WeakKey, Question, T> {
  private its = new WeakMap<About, Map<Question, T>>();
  private count = 0;
  private readonly most: number;

  /** @param most answers after which all are forgotten, where one object may be asked many questions */
  constructor(most = Infinity) {
    this.most = most;
  }

  of(about: About, question: Question, find: () => T): T {
    let known = this.its.get(about);
    if (!known) this.its.set(about, (known = new Map<Question, T>()));
    const told = known.get(question);
    if (told !== undefined) return told;
    const found = find();
    known.set(question, found);
    if (++this.count > this.most) [this.its, this.count] = [new WeakMap<About, Map<Question, T>>(), 0];
    return found;
  }
}
