import { expect, it } from "vitest";
import { whyUnsupported } from "./server.ts";

it.each([
  "8.0.21",
  "8.0.45-0ubuntu0.24.04.1",
  "8.4.7",
  "8.4.3-3", // Percona
  "9.0.0",
  "9.7.4-2",
  "8.0.39-google",
  "8.0.42.rds.20250701",
  "8.0.28-azure",
  "10.0.0",
])("MySQL %s is supported", (version) => {
  expect(whyUnsupported(version)).toBeUndefined();
});

it.each(["5.5.62", "5.7.44-log", "5.7.12", "8.0.20", "8.0.4-rc-log", "8.0.11"])("MySQL %s is too old", (version) => {
  expect(whyUnsupported(version)).toBe(`it is MySQL ${version}, and MySQL 8.0.21 or newer is needed`);
});

it.each([
  "10.11.14-MariaDB-0+deb12u2",
  "11.8.3-MariaDB-ubu2404",
  "5.5.5-10.6.22-MariaDB-log",
  "10.5.29-MariaDB-1:10.5.29+maria~ubu2004",
  "12.0.2-MARIADB",
])("MariaDB %s is refused, however new it is", (version) => {
  expect(whyUnsupported(version)).toContain(`it is MariaDB (${version})`);
});

it.each(["", "undefined", "TiDB", "PostgreSQL 18.1", "8.0"])("a server that calls itself %j is refused", (version) => {
  expect(whyUnsupported(version)).toContain(`of an unknown version (${version})`);
});
