/** The cloud's stack, rendered as a deployment renders it, without an account: is it sound, and would we notice if not? */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLocalConfig } from "../../infra/local/config.ts";
import { type CheckName, checks, findings } from "./template/checks.ts";
import { lint } from "./template/lint.ts";
import { set } from "./template/mutation.ts";
import { registryMutations } from "./template/mutations/registry.ts";
import { mutations } from "./template/mutations.ts";
import { loadCode } from "./template/readers.ts";
import { type Rendered, render, type Variant } from "./template/render.ts";
import type { Code, Stack } from "./template/stack.ts";
import { allResources, isTrue, type Named, property, resourcesOf } from "./template/template.ts";
import { cloudVariants, local, standard } from "./template/variants.ts";
import { writtenTemplates } from "./template/written.ts";

const { root } = readLocalConfig();
const cloud = await cloudVariants(root);
const written = await writtenTemplates(join(root, "infra/aws"));
const ruleNames = Object.keys(checks) as CheckName[];
const rendered = new Map<string, Rendered>();
let folder: string;
let code: Code;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orders-template-"));
  code = await loadCode(root, folder);
  const waiting = [...cloud, local];
  // Two at a time: one packaging keeps one processor busy.
  await Promise.all([renderAll(waiting), renderAll(waiting)]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function renderAll(waiting: Variant[]): Promise<void> {
  for (let variant = waiting.shift(); variant !== undefined; variant = waiting.shift()) {
    rendered.set(variant.name, await render(root, folder, variant, variant === standard));
  }
}

function stackOf({ name, stage }: Variant): Stack {
  const found = rendered.get(name);
  // The variants without code are the same functions.
  const zips = rendered.get(standard.name)?.zips;
  if (found === undefined || zips === undefined) throw new Error(`${name} was not rendered`);
  return { name, stage, template: found.template, functions: found.functions, zips, code };
}

/** The registry has a stack of its own: its images exist before the services that run them. */
function registry(): Stack {
  const [only, ...others] = written;
  if (only === undefined || others.length > 0) throw new Error("infra/aws has not one template besides the stack's");
  return { name: "registry", stage: "prod", template: only.template, functions: {}, zips: {}, code };
}

describe("cfn-lint", () => {
  it("finds nothing in any variant, nor in the registry's template", async () => {
    expect(await lint([...rendered.values(), ...written].map(({ file }) => file))).toEqual([]);
  });

  it("passes over nothing that a template asks it to, but what is known", () => {
    const asked = [...rendered.values()].flatMap(({ template }) =>
      allResources(template).flatMap(({ id, Metadata }) =>
        Metadata?.["cfn-lint"] ? [[id, Metadata["cfn-lint"]]] : [],
      ),
    );
    // RDS takes a release, such as 8.4, for its newest minor version; cfn-lint knows the minor versions.
    const known = ["Mysql", { config: { ignore_checks: ["E3691"] } }];
    expect(asked.filter((one) => JSON.stringify(one) !== JSON.stringify(known))).toEqual([]);
  });

  it("would find a property and a value that the resource's schema does not have", async () => {
    const { template } = set("AWS::RDS::DBInstance", ["StorageEncrypt"], true)(stackOf(standard));
    const { template: broken } = set("AWS::EC2::VPC", ["CidrBlock"], "10.0.0.0/99")({ ...stackOf(standard), template });
    const file = join(folder, "broken.json");
    await writeFile(file, JSON.stringify(broken));
    expect(await lint([file])).toEqual([
      expect.stringMatching(/Error E3002 at Resources\/Mysql\/.*'StorageEncrypt' was unexpected/),
      expect.stringMatching(/Error E3002 at Resources\/Vpc\/.*'10\.0\.0\.0\/99' is not/),
    ]);
  });
});

describe("a switch", () => {
  /** How many resources of the type have the property, in the stack of this name. */
  const count = (name: string, type: string, isIt: (resource: Named) => boolean = () => true) =>
    resourcesOf(stackOf({ ...standard, name }).template, type).filter(isIt).length;

  it.each([
    ["mysqlMultiAz", "AWS::RDS::DBInstance", (mysql: Named) => isTrue(property(mysql, "MultiAZ")), 0, 1],
    ["rdsProxy", "AWS::RDS::DBProxy", () => true, 0, 1],
    ["natPerZone", "AWS::EC2::NatGateway", () => true, 1, 2],
  ] as const)("%s changes the stack", (name, type, isIt, without, withIt) => {
    expect(count("prod", type, isIt)).toBe(without);
    expect(count(`prod, ${name} true`, type, isIt)).toBe(withIt);
  });

  it("tracing changes every function", () => {
    const isTraced = (lambda: Named) => property(lambda, "TracingConfig", "Mode") === "Active";
    const lambdas = "AWS::Lambda::Function";
    expect(count("prod", lambdas, isTraced)).toBe(0);
    expect(count("prod, tracing true", lambdas, isTraced)).toBe(count("prod", lambdas));
  });
});

/** Without one of these a rule would find nothing because there is nothing. */
const parts = [
  ...["AWS::RDS::DBInstance", "AWS::RDS::DBParameterGroup", "AWS::ElastiCache::ReplicationGroup"],
  ...["AWS::ECS::Service", "AWS::ECS::TaskDefinition", "AWS::IAM::Role", "AWS::S3::Bucket"],
  ...["AWS::Lambda::Function", "AWS::Lambda::Permission", "AWS::ApiGatewayV2::Route", "AWS::SecretsManager::Secret"],
  ...["AWS::CloudWatch::Alarm", "AWS::Logs::LogGroup", "AWS::Logs::MetricFilter", "AWS::EC2::SecurityGroup"],
];

describe.each(cloud)("the stack $name", (variant) => {
  /** What a variant gives up on purpose. */
  const accepted = variant.params.deletionProtection === "false" ? ["durability: Mysql: set DeletionProtection"] : [];

  it("has all parts that the rules are about", () => {
    const types = allResources(stackOf(variant).template).map(({ Type }) => Type);
    expect(types).toEqual(expect.arrayContaining(parts));
    expect(types.filter((type) => type === "AWS::ECS::TaskDefinition")).toHaveLength(2);
  });

  it.each(ruleNames)("keeps the rule of %s", (name) => {
    expect(findings(stackOf(variant), [name])).toEqual(accepted.filter((line) => line.startsWith(name)));
  });
});

describe("the stack of the registry", () => {
  it("keeps the rules that are about it", () => {
    expect(allResources(registry().template).map(({ Type }) => Type)).toContain("AWS::ECR::Repository");
    expect(findings(registry(), ["containers", "encryption", "exposure", "permissions", "secrets"])).toEqual([]);
  });

  it.each(registryMutations)("with $what is found", ({ change, check, finds }) => {
    expect(findings(change(registry()), [check])).toEqual([expect.stringContaining(finds)]);
  });
});

describe("the emulator's stack", () => {
  it("keeps the rules that are about functions", () => {
    expect(findings(stackOf(local), ["environment", "permissions", "routes"])).toEqual([]);
  });

  it("has only what the emulator has", () => {
    const unknown = /^AWS::(EC2|ECS|ECR|RDS|ElastiCache|ServiceDiscovery|ApplicationAutoScaling|Budgets)::/;
    const types = allResources(stackOf(local).template).map(({ Type }) => Type);
    expect(types).toContain("AWS::Lambda::Function");
    expect(types.filter((type) => unknown.test(type))).toEqual([]);
  });
});

describe.each(ruleNames)("the rule of %s finds", (name) => {
  it.each(mutations[name])("$what", ({ change, finds }) => {
    expect(findings(change(stackOf(standard)), [name])).toEqual([expect.stringContaining(finds)]);
  });
});
