import { referenceIn, referencesIn, textOf } from "../intrinsics.ts";
import { lambdaOf, type Stack } from "../stack.ts";
import { at, listOf, type Named, property, resourcesOf, type Value } from "../template.ts";

/** The namespace of reportMetrics. */
const ours = "Orders";

/** A metric that an alarm or an expression in it looks at. */
interface Watched {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly Value[];
}

/** What somebody must be told of, each by one metric or by one of several. */
const required: readonly (readonly [string, (stack: Stack, metric: Watched) => boolean])[] = [
  ["orders that wait too long", (_, { namespace, name }) => namespace === ours && name === "OldestPendingAge"],
  ["failed orders", (_, { namespace, name }) => namespace === ours && name === "FailedOrders"],
  ["dead entries", (_, { namespace, name }) => namespace === ours && name === "DeadEntries"],
  ["expired leases", (stack, metric) => filtersOf(stack, metric).some(isOfLeases)],
  ["5xx answers of the API", (_, { namespace, name }) => namespace === "AWS/ApiGateway" && /^5xx$/i.test(name)],
  ["MySQL's free storage", (_, { namespace, name }) => namespace === "AWS/RDS" && name === "FreeStorageSpace"],
];

/** Whatever needs a person raises an alarm, by a metric that something really writes. */
export function alarms(stack: Stack): string[] {
  const all = resourcesOf(stack.template, "AWS::CloudWatch::Alarm");
  const watched = all.flatMap(watchedBy);
  return [
    ...required
      .filter(([, isIt]) => !watched.some((metric) => isIt(stack, metric)))
      .map(([what]) => `Alarms: there is none for ${what}`),
    ...all.flatMap((alarm) => [
      ...(listOf(property(alarm, "AlarmActions")).length > 0 ? [] : [`${alarm.id}: tells nobody (AlarmActions)`]),
      ...watchedBy(alarm).flatMap((metric) => unwritten(stack, metric).map((what) => `${alarm.id}: ${what}`)),
      ...silence(stack, alarm),
    ]),
    ...resourcesOf(stack.template, "AWS::Logs::MetricFilter").flatMap((filter) => unlogged(stack, filter)),
  ];
}

function watchedBy(alarm: Named): Watched[] {
  const single = { MetricStat: { Metric: alarm.Properties as Value } };
  const several = property(alarm, "Metrics");
  return listOf(several ?? single).flatMap((query) => {
    const metric = at(query, "MetricStat", "Metric");
    const name = textOf(at(metric, "MetricName"));
    if (name === undefined) return [];
    return [{ namespace: textOf(at(metric, "Namespace")) ?? "", name, dimensions: listOf(at(metric, "Dimensions")) }];
  });
}

/** Why a metric never has a value. */
function unwritten(stack: Stack, metric: Watched): string[] {
  const { namespace, name, dimensions } = metric;
  const filters = filtersOf(stack, metric);
  if (filters.length > 0) return [];
  if (namespace.startsWith("AWS/") || namespace === "ECS/ContainerInsights") return ofAws(stack, metric);
  const isWritten = namespace === ours && stack.code.metricsSource.includes(`"${name}"`);
  if (!isWritten) return [`nothing writes the metric ${namespace}/${name}`];
  const reporter = lambdaOf(stack, "reportMetrics");
  const stage = textOf(property(reporter, "Environment", "Variables", "STAGE"));
  const given = dimensions.map((dimension) => `${textOf(at(dimension, "Name"))}=${textOf(at(dimension, "Value"))}`);
  return given.join() === `Stage=${stage}`
    ? []
    : [`${name} is written with the dimension Stage=${stage}, not ${given.join()}`];
}

/** AWS writes a metric for each of its resources: a dimension refers to one of ours, or is a function's name. */
function ofAws({ template }: Stack, { namespace, name, dimensions }: Watched): string[] {
  const names = new Set(
    resourcesOf(template, "AWS::Lambda::Function").map((lambda) => property(lambda, "FunctionName")),
  );
  const isOurs = dimensions
    .map((dimension) => at(dimension, "Value"))
    .every((value) => names.has(value) || [...referencesIn(value)].some((id) => template.Resources[id] !== undefined));
  return isOurs && dimensions.length > 0 ? [] : [`${namespace}/${name} is of no resource of this stack`];
}

/** Metrics of the queue stop when reportMetrics cannot read MySQL, which is what people, unlike scaling, must be told. */
function silence({ template }: Stack, alarm: Named): string[] {
  const isOfQueue = watchedBy(alarm).some(({ namespace, name }) => namespace === ours && name === "OldestPendingAge");
  const isForPeople = [...referencesIn(property(alarm, "AlarmActions"))].some(
    (id) => template.Resources[id]?.Type === "AWS::SNS::Topic",
  );
  return isOfQueue && isForPeople && property(alarm, "TreatMissingData") !== "breaching"
    ? [`${alarm.id}: set TreatMissingData to breaching: no metric is no good news`]
    : [];
}

function filtersOf({ template }: Stack, { namespace, name }: Watched): readonly Named[] {
  return resourcesOf(template, "AWS::Logs::MetricFilter").filter((filter) =>
    listOf(property(filter, "MetricTransformations")).some(
      (written) => textOf(at(written, "MetricNamespace")) === namespace && textOf(at(written, "MetricName")) === name,
    ),
  );
}

function isOfLeases(filter: Named): boolean {
  return /leases? expired/.test(textOf(property(filter, "FilterPattern")) ?? "");
}

/** The texts that a filter looks for are texts that the gateway logs, in the gateway's log group. */
function unlogged({ template, code }: Stack, filter: Named): string[] {
  const pattern = textOf(property(filter, "FilterPattern")) ?? "";
  const quoted = [...pattern.matchAll(/"([^"]+)"/g)].map(([, text]) => text ?? "");
  const missing = quoted.filter((text) => !code.gatewaySource.includes(`"${text}"`));
  const group = referenceIn(property(filter, "LogGroupName")) ?? "";
  return [
    ...(quoted.length === 0 ? [`${filter.id}: its pattern names no text of the log`] : []),
    ...missing.map((text) => `${filter.id}: the gateway never logs "${text}"`),
    ...(template.Resources[group]?.Type === "AWS::Logs::LogGroup"
      ? []
      : [`${filter.id}: its log group is not of this stack`]),
  ];
}
