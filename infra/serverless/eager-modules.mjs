/**
 * Plugin of esbuild: a function of a bundle starts sooner when V8 compiles at once what is called at once.
 *
 * A CommonJS module is a function in the bundle, `var a = wrap((exports, module) => {…})`. V8 first only looks through a
 * function that may never be called, and parses it again when it is; one in parentheses it compiles in one go (V8's blog,
 * "JavaScript Startup Performance", on PIFE). Nearly all of these are called while the bundle is loaded.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { decode, encode } from "@jridgewell/sourcemap-codec";
import { parse } from "acorn";

export const eagerModules = {
  name: "eager-modules",
  setup(build) {
    const { initialOptions } = build;
    initialOptions.metafile = true;
    build.onEnd(({ metafile }) => {
      const folder = initialOptions.absWorkingDir ?? process.cwd();
      const files = Object.keys(metafile?.outputs ?? {}).map((file) => resolve(folder, file));
      for (const file of files.filter((name) => !name.endsWith(".map"))) {
        const code = readFileSync(file, "utf8");
        const places = parentheses(code);
        writeFileSync(file, withInserts(code, places));
        const map = `${file}.map`;
        if (files.includes(map))
          writeFileSync(map, JSON.stringify(moved(JSON.parse(readFileSync(map, "utf8")), code, places)));
      }
    });
  },
};

/** Where a parenthesis goes into the code, in ascending order: an opening and a closing one for every module. */
function parentheses(code) {
  const { body } = parse(code, { ecmaVersion: "latest", sourceType: "module" });
  return body
    .flatMap((statement) => (statement.type === "VariableDeclaration" ? statement.declarations : []))
    .flatMap(({ init }) => (isModule(init) ? init.arguments : []))
    .flatMap(({ start, end }) => [
      { at: start, text: "(" },
      { at: end, text: ")" },
    ]);
}

/**
 * Whether it is a call that wraps a CommonJS module: of a function of the bundle, with one function, which gets its
 * exports, and nothing else. One that gets nothing is an ES module that may never be loaded.
 */
function isModule(init) {
  return (
    init?.type === "CallExpression" &&
    init.callee.type === "Identifier" &&
    init.arguments.length === 1 &&
    init.arguments[0].type === "ArrowFunctionExpression" &&
    init.arguments[0].params.length > 0
  );
}

function withInserts(code, places) {
  let begin = 0;
  const parts = places.map(({ at, text }) => {
    const part = code.slice(begin, at) + text;
    begin = at;
    return part;
  });
  return parts.join("") + code.slice(begin);
}

/** The source map of the code with its parentheses: a column has moved by as many of them as stand before it. */
function moved(map, code, places) {
  const columns = columnsByLine(code, places);
  const lines = decode(map.mappings).map((segments, line) => {
    const inserted = columns.get(line) ?? [];
    let before = 0;
    return segments.map(([column, ...rest]) => {
      while (before < inserted.length && inserted[before] <= column) before++;
      return [column + before, ...rest];
    });
  });
  return { ...map, mappings: encode(lines) };
}

function columnsByLine(code, places) {
  const columns = new Map();
  let [line, lineBegin] = [0, 0];
  for (const { at } of places) {
    for (let end = code.indexOf("\n", lineBegin); end !== -1 && end < at; end = code.indexOf("\n", lineBegin)) {
      line++;
      lineBegin = end + 1;
    }
    columns.set(line, [...(columns.get(line) ?? []), at - lineBegin]);
  }
  return columns;
}
