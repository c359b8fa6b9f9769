/** Templates that are written out in the repository, in CloudFormation's YAML. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isCollection, isScalar, parseDocument, visit } from "yaml";
import type { Template, Value } from "./template.ts";

/** A template's file, and what it says. */
export interface Written {
  readonly file: string;
  readonly template: Template;
}

/** The complete templates of a folder; the other files are parts of the stack. */
export async function writtenTemplates(folder: string): Promise<readonly Written[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".yml"));
  const files = await Promise.all(
    names.map(async (name) => [join(folder, name), await readFile(join(folder, name), "utf8")] as const),
  );
  return files
    .filter(([, text]) => text.includes("AWSTemplateFormatVersion"))
    .map(([file, text]) => ({ file, template: parseTemplate(text) }));
}

/** `!Sub x` is short for `{"Fn::Sub": x}`, and `!Ref x` for `{Ref: x}`. */
function parseTemplate(text: string): Template {
  const document = parseDocument(text);
  visit(document, {
    Node(_, node) {
      const name = (isScalar(node) || isCollection(node)) && /^!(\w+)$/.exec(node.tag ?? "")?.[1];
      if (!name) return undefined;
      const argument: Value = node.toJSON();
      return document.createNode({ [name === "Ref" ? "Ref" : `Fn::${name}`]: argument });
    },
  });
  return document.toJS();
}
