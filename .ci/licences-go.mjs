// Checks the licences of the Go modules that are linked into the worker, by the text of their files: names each module
// whose licence is not one that goes with the MIT licence, and ends with 1. With "-" reads lines of "path folder" instead.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Words of which each licence that fits has one: MIT, BSD, Apache 2.0, ISC. */
const permissive = [
  "Permission is hereby granted, free of charge",
  "Redistribution and use in source and binary forms",
  "Apache License Version 2.0",
  "Permission to use, copy, modify, and/or distribute this software",
];
const copyleft = /GNU (LESSER |AFFERO )?GENERAL PUBLIC LICENSE|Mozilla Public License|Server Side Public License/i;

function linkedModules() {
  if (process.argv[2] === "-") return readFileSync(0, "utf8");
  const format = "{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}";
  return execFileSync("go", ["list", "-deps", "-f", format, "."], { cwd: "worker-go", encoding: "utf8" });
}

function objection(folder) {
  // Files only: a folder LICENSES (reuse.software) has those of pictures as well, which nobody links.
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(licen[cs]e|copying)/i.test(entry.name))
    .map(({ name }) => name);
  if (files.length === 0) return "it has no file with a licence";
  const texts = files.map((name) => readFileSync(join(folder, name), "utf8").replace(/\s+/g, " "));
  const fits = texts.every((text) => permissive.some((words) => text.includes(words)) && !copyleft.test(text));
  return fits ? undefined : `${files.join(", ")} is not a licence that is known to fit`;
}

const modules = [...new Set(linkedModules().split("\n").filter(Boolean))];
const refused = modules.flatMap((line) => {
  const [path, folder] = line.split(" ");
  const why = objection(folder);
  return why === undefined ? [] : [`${path}: ${why}\n`];
});
process.stdout.write(modules.length === 0 ? "the worker links no module\n" : refused.join(""));
process.exitCode = refused.length > 0 || modules.length === 0 ? 1 : 0;
