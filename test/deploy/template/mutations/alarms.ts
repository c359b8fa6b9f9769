import { textOf } from "../intrinsics.ts";
import { type Mutation, remove, set } from "../mutation.ts";
import { type Named, property } from "../template.ts";

const alarm = "AWS::CloudWatch::Alarm";
const filter = "AWS::Logs::MetricFilter";

/** Alarms that look at this metric, by itself or in an expression. */
function watches(metric: RegExp) {
  return ({ Properties }: Named) => new RegExp(`"MetricName":"${metric.source}"`, "i").test(JSON.stringify(Properties));
}

const ofAge = watches(/OldestPendingAge/);
const isForPeople = (resource: Named) => ofAge(resource) && property(resource, "TreatMissingData") === "breaching";
const ofLeases = (resource: Named) => /leases expired/.test(textOf(property(resource, "FilterPattern")) ?? "");

/** What stands without its alarm. */
const missing = [
  ["orders that wait too long", /OldestPendingAge/],
  ["failed orders", /FailedOrders/],
  ["dead entries", /DeadEntries/],
  ["5xx answers of the API", /5xx/],
  ["MySQL's free storage", /FreeStorageSpace/],
] as const;

export const alarmsMutations: readonly Mutation[] = [
  ...missing.map(([what, metric]) => ({
    what: `no alarm for ${what}`,
    change: remove(alarm, watches(metric)),
    finds: `Alarms: there is none for ${what}`,
  })),
  {
    what: "an alarm of a metric that nobody writes",
    change: set(
      alarm,
      ["MetricName"],
      "OldestPending",
      (resource) => ofAge(resource) && !property(resource, "Metrics"),
    ),
    finds: "nothing writes the metric Orders/OldestPending",
  },
  {
    what: "an alarm of another stage",
    change: set(alarm, ["Dimensions"], [{ Name: "Stage", Value: "staging" }], ofAge),
    finds: "is written with the dimension Stage=prod, not Stage=staging",
  },
  { what: "an alarm that tells nobody", change: set(alarm, ["AlarmActions"], [], ofAge), finds: "tells nobody" },
  {
    what: "an alarm that takes silence for good news",
    change: set(alarm, ["TreatMissingData"], "notBreaching", isForPeople),
    finds: "set TreatMissingData to breaching",
  },
  {
    what: "a filter for a line that is logged no more",
    change: set(filter, ["FilterPattern"], '{ $.msg = "the leases expired of a worker" }', ofLeases),
    finds: 'the gateway never logs "the leases expired of a worker"',
  },
  {
    what: "a filter of a log that is not ours",
    change: set(filter, ["LogGroupName"], "/ecs/other", ofLeases),
    finds: "its log group is not of this stack",
  },
];
