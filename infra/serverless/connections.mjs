/** After a deploy the idle functions of before, and while it lasts the gateways of before, hold their connections, too. */
const versions = 2;

/** For people, and for RDS itself. */
const reserve = 10;

/** Refuses a stack whose parts could ask MySQL for more connections than it gives. */
export default class Connections {
  constructor(serverless) {
    this.hooks = { initialize: () => check(serverless) };
  }
}

function check({ service, classes }) {
  const resources = service.resources?.Resources ?? {};
  const { Mysql, MysqlParameters, ProxyTargets, GatewayService, GatewayTask } = resources;
  if (Mysql === undefined) return;
  const available = Number(MysqlParameters.Properties.Parameters.max_connections);
  const gateways = Number(GatewayService.Properties.DesiredCount) * gatewayConnections(GatewayTask);
  const functions = Object.entries(service.functions);
  const direct =
    ProxyTargets === undefined ? functions : functions.filter(([, { events = [] }]) => !events.some(isHttp));
  const handlers = direct.map(([name, definition]) => connectionsOf(classes, name, definition));
  const needed = versions * (gateways + sum(handlers)) + reserve + Math.ceil(proxyShare(ProxyTargets) * available);
  if (needed < available) return;
  const text = `Functions and gateways may need ${needed} connections, and MySQL gives ${available}: `;
  throw new classes.Error(`${text}raise mysqlMaxConnections, or lower gatewayTasks or reservedConcurrency.`);
}

/** What RDS Proxy, where there is one, may take of MySQL's connections. */
function proxyShare(targets) {
  return (targets?.Properties.ConnectionPoolConfigurationInfo.MaxConnectionsPercent ?? 0) / 100;
}

function isHttp(event) {
  return "httpApi" in event;
}

function connectionsOf(classes, name, { reservedConcurrency, environment }) {
  if (reservedConcurrency > 0) return reservedConcurrency * Number(environment?.MYSQL_CONNECTIONS ?? 1);
  throw new classes.Error(`The function ${name} needs a reservedConcurrency: it bounds its connections to MySQL.`);
}

function gatewayConnections({ Properties }) {
  const [{ Environment }] = Properties.ContainerDefinitions;
  return Number(Environment.find(({ Name }) => Name === "MYSQL_CONNECTIONS").Value);
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
