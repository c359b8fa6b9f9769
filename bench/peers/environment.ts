/** The setting of this name from the environment: the only place where the peers in Node read it. */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`${name} is not set: the benchmark starts this program.`);
  return value;
}

/** A setting that is a port of the loopback address. */
export function portSetting(name: string): number {
  const value = Number(setting(name));
  if (!Number.isInteger(value) || value < 1 || value > 65_535)
    throw new Error(`${name} must be a port from 1 to 65535.`);
  return value;
}

/** How many orders to make: the program's only argument. */
export function countArgument(): number {
  const count = Number(process.argv[2]);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error("Usage: node fill.ts <how many orders>");
  return count;
}
