import { InvalidArgumentError } from "commander";

/** Reads an option that is a whole number of 1 or more. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("A whole number from 1 on is needed.");
  return Number(text);
}

/** Reads an option that is a whole number from 1 to the most that there may be. */
export function integerUpTo(most: number): (text: string) => number {
  return (text) => {
    const number = positiveInteger(text);
    if (number > most) throw new InvalidArgumentError(`It may be ${most.toLocaleString("en-US")} at most.`);
    return number;
  };
}

/** Reads an option that is an amount of money. What is too much is for the API to say. */
export function amount(text: string): number {
  if (!/^\d{1,15}(\.\d+)?$/.test(text)) throw new InvalidArgumentError("A number such as 1299.99 is needed.");
  return Number(text);
}
