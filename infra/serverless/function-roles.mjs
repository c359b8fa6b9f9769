/**
 * Gives each function a role of its own, which allows it to write its own log, to be in the VPC and to send traces when
 * that is on, and what `custom.permissions` lists under its name. serverless itself has one role for all.
 */
export default class FunctionRoles {
  constructor(serverless) {
    this.hooks = { initialize: () => addRoles(serverless) };
  }
}

function addRoles({ service }) {
  const { custom, functions, provider } = service;
  const isInVpc = (provider.vpc?.subnetIds ?? []).length > 0;
  const isTraced = provider.tracing?.lambda === true;
  service.resources ??= {};
  service.resources.Resources ??= {};
  for (const [key, definition] of Object.entries(functions)) {
    const role = `${key[0].toUpperCase()}${key.slice(1)}Role`;
    const statements = [
      writeLog(definition.name),
      ...(isInVpc ? beInVpc(definition.name) : []),
      ...(isTraced ? [sendTraces] : []),
      ...(custom.permissions?.[key] ?? []),
    ];
    service.resources.Resources[role] = roleOf(statements);
    // By Fn::Sub: for Fn::GetAtt serverless adds a DependsOn that says the same again.
    definition.role = { "Fn::Sub": `\${${role}.Arn}` };
  }
}

function roleOf(statements) {
  const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  const document = (Statement) => ({ Version: "2012-10-17", Statement });
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: document([trust]),
      Policies: [{ PolicyName: "function", PolicyDocument: document(statements) }],
    },
  };
}

/** The log group is the stack's: a function only adds to it. */
function writeLog(name) {
  const group = `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${name}`;
  return {
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: { "Fn::Sub": `${group}:*` },
  };
}

/**
 * The Lambda service makes network interfaces with the function's role; EC2 knows no narrower resource for it. The
 * function's own code may not (AWS Lambda Developer Guide, "Giving Lambda functions access to resources in a VPC").
 */
function beInVpc(name) {
  const actions = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
  ];
  const arn = { "Fn::Sub": `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${name}` };
  return [
    { Effect: "Allow", Action: actions, Resource: "*" },
    { Effect: "Deny", Action: actions, Resource: "*", Condition: { ArnEquals: { "lambda:SourceFunctionArn": [arn] } } },
  ];
}

/** X-Ray knows no resources for these. */
const sendTraces = {
  Effect: "Allow",
  Action: ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
  Resource: "*",
};
