import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

interface Description {
  readonly tag: string;
  readonly buildArguments: Readonly<Record<string, string>>;
}

// Plain JavaScript, as serverless loads it: what is used of it is told here.
const load = (file: string) => import(new URL(file, import.meta.url).href);
const { describeImage } = (await load("./tag.mjs")) as {
  describeImage: (root: string, dockerfile: string, platform: string) => Description;
};
const { copiedPaths } = (await load("./dockerfile.mjs")) as { copiedPaths: (text: string) => string[] };
const { readDockerignore } = (await load("./dockerignore.mjs")) as {
  readDockerignore: (text: string) => (path: string) => boolean;
};

const arm = "linux/arm64";
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "orders-tag-"));
  await write(
    "Dockerfile",
    "ARG BASE\nFROM $BASE AS build\nCOPY app/go.mod ./\nCOPY --chown=1:1 app .\nCOPY --from=build /x /x\n",
  );
  await write(".dockerignore", "*\n!app\n**/*.test.ts\n");
  await write(".env", "BASE=node:24\nOTHER=1\n");
  await write("app/go.mod", "module app");
  await write("app/main.ts", "run()");
  await write("app/main.test.ts", "test()");
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

const tag = (platform = arm) => describeImage(root, "Dockerfile", platform).tag;

describe("the tag", () => {
  it("is the same for the same, wherever it lies", async () => {
    const copy = await mkdtemp(join(tmpdir(), "orders-tag-"));
    await cp(root, copy, { recursive: true });
    expect(describeImage(copy, "Dockerfile", arm)).toEqual(describeImage(root, "Dockerfile", arm));
    expect(tag()).toMatch(/^[0-9a-f]{16}$/);
    await rm(copy, { recursive: true });
  });

  it.each([
    ["a file", () => write("app/main.ts", "run(1)")],
    ["a new file", () => write("app/deep/new.ts", "")],
    ["a file's name", () => write("app/other.ts", "run()").then(() => rm(join(root, "app/main.ts")))],
    ["whether a file can be run", () => chmod(join(root, "app/main.ts"), 0o755)],
    ["the base image", () => write(".env", "BASE=node:26\nOTHER=1\n")],
    ["the Dockerfile", () => write("Dockerfile", "ARG BASE\nFROM $BASE\nCOPY app .\n")],
  ])("is another when this changes: %s", async (_what, change) => {
    const before = tag();
    await change();
    expect(tag()).not.toBe(before);
  });

  it("is another for another platform", () => {
    expect(tag("linux/amd64")).not.toBe(tag());
  });

  it.each([
    ["a test", () => write("app/main.test.ts", "other()")],
    ["what is not copied", () => write("README.md", "words")],
    ["what is installed beside the sources", () => write("app/node_modules/x/index.js", "")],
    ["a setting that the Dockerfile does not take", () => write(".env", "BASE=node:24\nOTHER=2\n")],
  ])("stays when this changes: %s", async (_what, change) => {
    const before = tag();
    await change();
    expect(tag()).toBe(before);
  });
});

it.each(["gateway", "worker"])("the image %s can be described from the sources as they are", (name) => {
  const image = describeImage(resolve(import.meta.dirname, "../../.."), `infra/docker/${name}.Dockerfile`, arm);
  expect(Object.keys(image.buildArguments)).toEqual([name === "gateway" ? "NODE_IMAGE" : "GO_IMAGE"]);
});

describe("a Dockerfile", () => {
  it("tells what it copies from the build context", () => {
    const text = "# COPY not me\nCOPY ./a b/ \\\n  c /to/\nADD --chmod=1 d /to\ncopy . .\nCOPY --from=x /y z\n";
    expect(copiedPaths(text)).toEqual(["a", "b", "c", "d", "."]);
  });

  it.each(['COPY ["a", "b"]', "COPY $FROM .", "ADD https://example.com/x .", "COPY <<EOF /x", "COPY a"])(
    "is refused rather than misread: %s",
    (text) => expect(() => copiedPaths(text)).toThrow("is not understood"),
  );

  it("is refused when it copies by a pattern", async () => {
    await write("Dockerfile", "FROM x\nCOPY app/*.ts .\n");
    expect(() => tag()).toThrow("from a pattern: app/*.ts");
  });

  it("is refused when it copies what is not there", async () => {
    await write("Dockerfile", "FROM x\nCOPY gone .\n");
    expect(() => tag()).toThrow("gone");
  });
});

it("a .dockerignore is read as Docker does: the last line that fits decides", () => {
  const isIgnored = readDockerignore("*\n# words\n!app\n!docs/a\n\n**/*.test.ts\napp/secret\napp/v?.x\n");
  expect(
    ["README.md", "app/a.test.ts", "app/d/a.test.ts", "app/secret/x", "docs/b", "app/v1.x"].filter(
      (path) => !isIgnored(path),
    ),
  ).toEqual([]);
  expect(["app", "app/a.ts", "app/d/a.ts", "docs/a", "docs/a/b", "app/v11.x", "app/secrets"].filter(isIgnored)).toEqual(
    [],
  );
});
