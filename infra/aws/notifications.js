// Who hears of alarms and of costs.

export async function resources({ resolveVariable }) {
  const name = `${await resolveVariable("self:service")}-${await resolveVariable("sls:stage")}`;
  const email = String(await resolveVariable("param:alarmEmail"));
  const budget = Number(await resolveVariable("param:monthlyBudgetUsd"));
  return {
    Resources: {
      // Not encrypted: CloudWatch may not use AWS' own key, and an alarm says nothing that is worth one of 1 $ a month.
      AlarmTopic: { Type: "AWS::SNS::Topic", Properties: { DisplayName: `${name} alarms` } },
      AlarmTopicPolicy: topicPolicy,
      ...(email === "" ? {} : { AlarmSubscription: subscription(email) }),
      ...(budget > 0 ? { Budget: monthlyBudget(name, budget, email) } : {}),
    },
  };
}

/** A topic with a policy of its own is no longer open to all that the account runs: only its alarms publish. */
const topicPolicy = {
  Type: "AWS::SNS::TopicPolicy",
  Properties: {
    Topics: [{ Ref: "AlarmTopic" }],
    PolicyDocument: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Action: "sns:Publish",
          Resource: { Ref: "AlarmTopic" },
          Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
        },
      ],
    },
  },
};

function subscription(email) {
  return {
    Type: "AWS::SNS::Subscription",
    Properties: { TopicArn: { Ref: "AlarmTopic" }, Protocol: "email", Endpoint: email },
  };
}

/** Of the whole account: costs by tag are only counted for tags that somebody has activated by hand. */
function monthlyBudget(name, amount, email) {
  const warning = (threshold) => ({
    Notification: { NotificationType: "ACTUAL", ComparisonOperator: "GREATER_THAN", Threshold: threshold },
    Subscribers: [{ SubscriptionType: "EMAIL", Address: email }],
  });
  return {
    Type: "AWS::Budgets::Budget",
    Properties: {
      Budget: {
        BudgetName: name,
        BudgetType: "COST",
        TimeUnit: "MONTHLY",
        BudgetLimit: { Amount: amount, Unit: "USD" },
      },
      NotificationsWithSubscribers: [warning(80), warning(100)],
    },
  };
}
