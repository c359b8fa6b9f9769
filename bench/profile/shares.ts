/** What a process spent its CPU time on, each as a part of 1, by the names of its parts. */
export type Shares = ReadonlyMap<string, number>;

/** Adds up what was counted under the same name, and divides by the whole. */
export function sharesOf(counted: Iterable<readonly [name: string, amount: number]>): Shares {
  const sums = new Map<string, number>();
  let whole = 0;
  for (const [name, amount] of counted) {
    sums.set(name, (sums.get(name) ?? 0) + amount);
    whole += amount;
  }
  return new Map([...sums].map(([name, amount]) => [name, amount / whole]));
}
