/**
 * serverless-offline tells of every request in four lines, and in fifteen more that are not shown: without them a
 * request costs a tenth less. Warnings and errors are told.
 */
const url = new URL("utils/log.js", import.meta.resolve("serverless-offline"));
const { log }: { log: Record<"notice" | "info" | "verbose" | "debug", () => void> } = await import(url.href);

for (const level of ["notice", "info", "verbose", "debug"] as const) log[level] = () => {};

export {};
