// Alarms over all functions behind the API, so that a new one is watched without anybody thinking of it.

/** CloudWatch lets an alarm's expression have this many metrics. */
const maxMetrics = 10;

export async function resources({ resolveConfigurationProperty, resolveVariable }) {
  const functions = await resolveConfigurationProperty(["functions"]);
  const prefix = `${await resolveVariable("self:service")}-${await resolveVariable("sls:stage")}`;
  const names = Object.keys(functions).map((key) => `${prefix}-${key}`);
  const groups = Array.from({ length: Math.ceil(names.length / maxMetrics) }, (_, index) =>
    names.slice(index * maxMetrics, (index + 1) * maxMetrics),
  );
  const alarms = groups.flatMap((group, index) => [
    alarm(prefix, "Errors", "functions-fail", "Functions ended with an error or by their time limit.", group, index),
    alarm(prefix, "Throttles", "functions-throttle", "More calls than reservedConcurrency allows.", group, index),
  ]);
  return { Resources: Object.fromEntries(alarms) };
}

/** More than 5 in 5 minutes, over these functions. */
function alarm(prefix, metric, name, description, functionNames, index) {
  const number = index === 0 ? "" : `-${index + 1}`;
  const metrics = functionNames.map((functionName, at) => ({
    Id: `m${at}`,
    ReturnData: false,
    MetricStat: {
      Metric: {
        Namespace: "AWS/Lambda",
        MetricName: metric,
        Dimensions: [{ Name: "FunctionName", Value: functionName }],
      },
      Period: 300,
      Stat: "Sum",
    },
  }));
  const properties = {
    AlarmName: `${prefix}-${name}${number}`,
    AlarmDescription: `${description} More than 5 in 5 minutes.`,
    Metrics: [{ Id: "all", Expression: "SUM(METRICS())", Label: metric }, ...metrics],
    EvaluationPeriods: 1,
    Threshold: 5,
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "notBreaching",
    AlarmActions: [{ Ref: "AlarmTopic" }],
  };
  return [`Functions${metric}${index + 1}`, { Type: "AWS::CloudWatch::Alarm", Properties: properties }];
}
