const boolean = rule("true or false", (text) => text === "true" || text === "false");
const text = (expected, pattern) => rule(expected, (value) => pattern.test(value));
const choice = (...allowed) => rule(allowed.join(", "), (value) => allowed.includes(value));
const integer = (minimum, maximum) =>
  rule(`an integer from ${minimum} to ${maximum}`, (value) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    return number >= minimum && number <= maximum;
  });

/** What CloudWatch Logs can keep, in days. */
const retentions = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3653];

/** What each parameter of infra/aws/parameters.yml may be. */
const rules = {
  infra: choice("aws", "local"),
  vpcCidr: text(
    "a private network of 2,048 addresses or more, 10.0.0.0/16 to 192.168.248.0/21",
    /^(10|172\.(1[6-9]|2\d|3[01])|192\.168)(\.\d{1,3}){1,3}\/(1[6-9]|2[01])$/,
  ),
  natPerZone: boolean,
  mysqlClass: text("a class of RDS, such as db.t4g.small", /^db\.[a-z0-9-]+\.[a-z0-9]+$/),
  mysqlMultiAz: boolean,
  mysqlStorageGiB: integer(20, 65_536),
  mysqlStorageMaxGiB: integer(22, 65_536),
  mysqlMaxConnections: integer(50, 16_000),
  mysqlBackupDays: integer(1, 35),
  rdsProxy: boolean,
  cacheClass: text("a class of ElastiCache, such as cache.t4g.micro", /^cache\.[a-z0-9]+\.[a-z0-9]+$/),
  cacheNodes: integer(1, 3),
  gatewayTasks: integer(1, 20),
  workersMin: integer(1, 100),
  workersMax: integer(1, 100),
  containerArchitecture: choice("arm64", "x86_64"),
  throttleRate: integer(1, 100_000),
  throttleBurst: integer(1, 100_000),
  logLevel: choice("debug", "info", "warn", "error"),
  logRetentionDays: choice(...retentions.map(String)),
  tracing: boolean,
  otlpEndpoint: text("http://host:port, https://host, or nothing", /^(https?:\/\/[^\s/]+(\/\S*)?)?$/),
  otlpShare: text("a share from 0 to 1, such as 0.01", /^(0|1|0?\.\d{1,17})$/),
  alarmEmail: text("an e-mail address, or nothing", /^([^\s@]+@[^\s@]+\.[^\s@]+)?$/),
  monthlyBudgetUsd: integer(0, 1_000_000),
  archiveToGlacier: boolean,
  deletionProtection: boolean,
  archiveUrl: text("s3://bucket/prefix, file:///folder or nothing", /^((s3|file):\/\/\S+)?$/),
};

/** Refuses parameters that are unknown, malformed or do not fit each other before anything is made of them. */
export default class Parameters {
  constructor(serverless, options) {
    this.hooks = {};
    const stage = String(options.stage ?? "dev");
    const configured = serverless.configurationInput.params ?? {};
    const values = { ...configured.default, ...configured[stage], ...given(options.param ?? []) };
    const problems = [...stageProblems(stage), ...problemsOf(values)];
    if (problems.length > 0) {
      const text = `The deployment cannot be as it was asked for:\n  ${problems.join("\n  ")}`;
      throw new serverless.classes.Error(text, "INVALID_PARAMETERS");
    }
  }
}

function rule(expected, isValid) {
  return { expected, isValid };
}

/** `--param key=value`, as serverless reads it; what has another form it refuses itself. */
function given(items) {
  return Object.fromEntries(items.flatMap((item) => [/^([^=]+)=(.*)$/.exec(item)?.slice(1) ?? []].filter(hasKey)));
}

function hasKey([key]) {
  return key !== undefined;
}

/** The stage is part of names that AWS wants short and in lower case. */
function stageProblems(stage) {
  if (/^[a-z](-?[a-z0-9]){0,24}$/.test(stage)) return [];
  return [`the stage is "${stage}": expected up to 25 lower-case letters, digits and single hyphens`];
}

export function problemsOf(values) {
  const problems = Object.entries(values).flatMap(([name, value]) => {
    const found = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (found === undefined) return [`${name} is unknown: there are ${Object.keys(rules).join(", ")}`];
    return found.isValid(String(value)) ? [] : [`${name} is "${value}": expected ${found.expected}`];
  });
  return problems.length > 0 ? problems : disagreements(values);
}

function disagreements(values) {
  const number = (name) => Number(values[name]);
  const problems = [];
  if (number("workersMin") > number("workersMax")) problems.push("workersMin is above workersMax");
  if (number("mysqlStorageMaxGiB") < 1.1 * number("mysqlStorageGiB")) {
    problems.push("mysqlStorageMaxGiB must be a tenth above mysqlStorageGiB: RDS asks for it");
  }
  if (number("monthlyBudgetUsd") > 0 && values.alarmEmail === "") {
    problems.push("monthlyBudgetUsd needs alarmEmail: who is to be warned?");
  }
  return problems;
}
