/**
 * Old and new code run side by side while a release is deployed, and a rollback brings the old code back to the new
 * schema. So a migration after the first may only add, in a way that code which knows nothing of it goes on working.
 */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

const folder = new URL("migrations/", import.meta.url);

/** A comment in front of a statement that says why the code that is running does not mind it. */
const explained = /^--[ \t]*Safe beside the running code:[ \t]*\S+/im;

/** What to do instead, by what the statement does. The first that fits is told. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [
    /\b(DROP|TRUNCATE|DELETE)\b/i,
    "removes what the running code may use: first release code that does without, then remove it in a later release",
  ],
  [
    /\bRENAME\b/i,
    "renames what the running code uses: add the new name and write both, release, then remove the old name in a later release",
  ],
  [
    /\b(MODIFY|CHANGE|ALTER COLUMN|CONVERT)\b/i,
    "changes a column that the running code uses: add a new column and write both, release, then remove the old one in a later release",
  ],
  [
    /\b(UNIQUE|PRIMARY KEY|FOREIGN KEY|REFERENCES|CHECK|TRIGGER)\b/i,
    "refuses rows that the running code may write: release code that keeps the rule, then add the constraint in a later release",
  ],
  [
    /\bUPDATE\b/i,
    "changes rows under the running code, all in one transaction: let the new code fill the column in bounded batches",
  ],
  [
    /\bNOT NULL\b/i,
    "adds a column that the running code's INSERT does not name: give it a DEFAULT or let it be NULL, and require it in a later release",
  ],
];

/** Comments, but not those that MySQL executes, texts and quoted names: whichever begins first. */
const comment = /--(?=\s|$)[^\n]*|#[^\n]*|\/\*(?!!)[\s\S]*?\*\//;
const quoted = /'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"/;
const opaque = new RegExp(`(?<comment>${comment.source})|(?<quoted>${quoted.source})|\`[^\`]*\``, "g");

/** A statement as it is decided on: nothing in quotes or comments reads as a keyword. */
function skeleton(statement: string): string {
  return statement
    .replace(opaque, (...found) => {
      const { comment, quoted } = found.at(-1) as { comment?: string; quoted?: string };
      if (comment !== undefined) return " ";
      return quoted === undefined ? "`name`" : "''";
    })
    .replace(/\s+/g, " ")
    .replace(/[\s;]+$/, "")
    .trim();
}

/** The parts of a list, split at the commas that are in no parentheses. */
function parts(list: string): string[] {
  const found = [""];
  let depth = 0;
  for (const character of list) {
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (character === "," && depth === 0) found.push("");
    else found[found.length - 1] += character;
  }
  return found.map((part) => part.trim());
}

const name = "(`name`|\\w+)";
const addIndex = /^ADD (INDEX|KEY)\b/i;
const addColumn = new RegExp(
  `^ADD (COLUMN )?(?!INDEX|KEY|UNIQUE|PRIMARY|CONSTRAINT|FOREIGN|CHECK|PARTITION)${name} \\w`,
  "i",
);
/** How a change is made, not what it changes. */
const manner = /^(ALGORITHM|LOCK) ?= ?\w+$/i;

/** Whether all that one part of an ALTER TABLE does is to add what the running code need not know. */
function isAddition(part: string): boolean {
  if (addIndex.test(part) || manner.test(part)) return true;
  const isRequired = /\bNOT NULL\b/i.test(part) && !/\b(DEFAULT|GENERATED ALWAYS AS|AS \()/i.test(part);
  return addColumn.test(part) && !isRequired && !/\b(UNIQUE|PRIMARY|REFERENCES|CHECK)\b/i.test(part);
}

function isExpansion(text: string): boolean {
  if (text.includes(";") || text.includes("/*!")) return false;
  if (/^CREATE TABLE\b/i.test(text)) return !/\b(REFERENCES|SELECT)\b/i.test(text);
  if (/^CREATE INDEX\b/i.test(text)) return true;
  // INSERT … ON DUPLICATE KEY UPDATE and REPLACE change what is there.
  if (/^INSERT\b/i.test(text)) return !/\bUPDATE\b/i.test(text);
  const altered = new RegExp(`^ALTER TABLE ${name} (.+)$`, "i").exec(text)?.[2];
  return altered !== undefined && parts(altered).every(isAddition);
}

/** Why a statement of a migration after the first must not run beside older code; undefined when it may. */
function danger(statement: string): string | undefined {
  if (explained.test(statement)) return undefined;
  const text = skeleton(statement);
  if (text === "" || isExpansion(text)) return undefined;
  const why = refusals.find(([pattern]) => pattern.test(text))?.[1] ?? "is none of the statements that only add";
  const shown = statement.replace(/\s+/g, " ").trim().slice(0, 100);
  return `"${shown}" ${why} (or say in a comment in front of it "-- Safe beside the running code: <why>")`;
}

/** What a migration's file does that older code may not survive. */
function dangers(sql: string): string[] {
  return sql.split("--> statement-breakpoint").flatMap((statement) => danger(statement) ?? []);
}

it("every migration after the first only adds", async () => {
  const { entries } = JSON.parse(await readFile(new URL("meta/_journal.json", folder), "utf8"));
  const [first, ...later] = entries.map(({ tag }: { tag: string }) => tag);
  // Guards the reading: the first migration makes tables from nothing, and is found.
  expect(await readFile(new URL(`${first}.sql`, folder), "utf8")).toContain("CREATE TABLE");
  for (const tag of later) {
    expect(dangers(await readFile(new URL(`${tag}.sql`, folder), "utf8")), `core/db/migrations/${tag}.sql`).toEqual([]);
  }
});

describe("a statement that only adds is allowed:", () => {
  it.each([
    "CREATE TABLE IF NOT EXISTS `refunds` (`id` binary(16) NOT NULL, CONSTRAINT `refunds_id` PRIMARY KEY(`id`), UNIQUE(`id`));",
    "CREATE INDEX `orders_by_item` ON `orders` (`item`);",
    "ALTER TABLE `orders` ADD `note` varchar(100);",
    "ALTER TABLE `orders` ADD COLUMN `note` varchar(100) NULL, ADD COLUMN `size` int DEFAULT 0 NOT NULL",
    "ALTER TABLE orders ADD tags json, ALGORITHM=INSTANT, LOCK = NONE",
    "ALTER TABLE `orders` ADD `drop` varchar(20) DEFAULT 'RENAME; (DROP' NOT NULL COMMENT 'not unique, not null';",
    "ALTER TABLE `orders` ADD `cents` bigint GENERATED ALWAYS AS (price * 100) STORED NOT NULL",
    "ALTER TABLE `orders` ADD INDEX `by_size` (`size`, `item`)",
    "INSERT INTO `order_totals` VALUES ('failed', 0, 0)",
    "-- DROP TABLE orders would be wrong.\nCREATE INDEX `a` ON `b` (`c`) -- DROP it later",
    "-- Safe beside the running code: no release since 1.4 reads it.\nALTER TABLE `orders` DROP COLUMN `note`",
  ])("%s", (statement) => {
    expect(dangers(statement)).toEqual([]);
  });
});

describe("a statement that older code may not survive is refused, with what to do:", () => {
  it.each([
    ["DROP TABLE `orders`", "removes what the running code may use"],
    ["ALTER TABLE `orders` DROP COLUMN `note`", "removes what the running code may use"],
    ["DROP INDEX `orders_status_due_at` ON `orders`", "in a later release"],
    ["TRUNCATE `order_counts`", "removes"],
    ["DELETE FROM `order_counts`", "removes"],
    ["ALTER TABLE `orders` RENAME COLUMN `item` TO `article`", "renames what the running code uses"],
    ["RENAME TABLE `orders` TO `sales`", "add the new name and write both"],
    ["ALTER TABLE `orders` MODIFY COLUMN `item` varchar(100)", "changes a column"],
    ["ALTER TABLE `orders` CHANGE `item` `article` varchar(255)", "changes a column"],
    ["ALTER TABLE `orders` ALTER COLUMN `attempt` DROP DEFAULT", "later release"],
    ["ALTER TABLE `orders` CONVERT TO CHARACTER SET latin1", "changes a column"],
    ["ALTER TABLE `orders` ADD `size` int NOT NULL", "give it a DEFAULT or let it be NULL"],
    ["alter table orders add column size int not null", "give it a DEFAULT"],
    ["ALTER TABLE `orders` ADD `note` text, ADD `size` int NOT NULL", "give it a DEFAULT"],
    ["ALTER TABLE `orders` ADD `size` int NOT NULL COMMENT 'has no DEFAULT 0'", "give it a DEFAULT"],
    ["ALTER TABLE `orders` ADD `note` text, DROP COLUMN `reason`", "removes"],
    ["ALTER TABLE `orders` ADD (`size` int NOT NULL)", "give it a DEFAULT"],
    ["ALTER TABLE `orders` ADD CONSTRAINT `one_item` UNIQUE(`item`)", "refuses rows"],
    ["ALTER TABLE `orders` ADD `code` char(8) UNIQUE", "refuses rows"],
    ["CREATE UNIQUE INDEX `one_item` ON `orders` (`item`)", "refuses rows"],
    ["ALTER TABLE `orders` ADD CONSTRAINT `positive` CHECK (quantity > 0)", "refuses rows"],
    ["CREATE TABLE `notes` (`order_id` binary(16) REFERENCES `orders`(`id`))", "refuses rows"],
    ["CREATE TRIGGER `t` BEFORE INSERT ON `orders` FOR EACH ROW SET NEW.item = ''", "refuses rows"],
    ["UPDATE `orders` SET `note` = ''", "bounded batches"],
    ["INSERT INTO `order_totals` VALUES (1) ON DUPLICATE KEY UPDATE total = 0", "changes rows"],
    ["CREATE INDEX `a` ON `b` (`c`); DROP TABLE `b`", "removes"],
    ["/*! DROP TABLE `orders` */", "removes"],
    ["SET GLOBAL sql_mode = ''", "is none of the statements that only add"],
    ["-- Safe beside the running code:\nDROP TABLE `orders`", "removes"],
    ["-- It isn't needed\nDROP TABLE `orders` -- isn't it", "removes"],
    ["CREATE INDEX `a` ON `b` (`c`)\n--> statement-breakpoint\nDROP TABLE `orders`", "removes"],
  ])("%s", (sql, advice) => {
    const found = dangers(sql);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(advice);
  });
});
