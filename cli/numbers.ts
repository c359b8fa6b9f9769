import { InvalidArgumentError } from "commander";

/** Reads an option that is a whole number of 1 or more. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("A whole number from 1 on is needed.");
  return Number(text);
}
