import type { Mutation } from "../mutation.ts";

export const sizesMutations: readonly Mutation[] = [
  {
    what: "a function that has a library too many",
    change: (stack) => ({ ...stack, zips: { ...stack.zips, createOrder: 3_000_001 } }),
    finds: "createOrder: its zip has 3000001 bytes",
  },
];
