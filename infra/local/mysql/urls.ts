/** The URLs of one MySQL, by who uses them; where a user has none of its own, it is the owner. */
export interface MysqlUrls {
  /** Of the schema, who migrates. */
  owner: string;
  handlers?: string | undefined;
  gateway?: string | undefined;
}

type Variables = Readonly<Record<string, string>>;

/** As the migration reads them, and as people, tests and tools find them in `run/env`. */
export function mysqlSettings({ owner, handlers, gateway }: MysqlUrls): Record<string, string> {
  return {
    MYSQL_URL: owner,
    ...(handlers !== undefined && { MYSQL_HANDLERS_URL: handlers }),
    ...(gateway !== undefined && { MYSQL_GATEWAY_URL: gateway }),
  };
}

/** The environment of the gateway, which knows no user but its own. */
export function gatewayEnvironment(variables: Variables): Record<string, string> {
  const { mysql, others } = split(variables);
  return { ...others, MYSQL_URL: mysql.gateway ?? mysql.owner };
}

/** The environment of the worker, which does not know MySQL. */
export function workerEnvironment(variables: Variables): Record<string, string> {
  return split(variables).others;
}

/**
 * The environment of the functions, which on this machine share a process: the handlers' user, and for the function
 * `ops` alone the owner, and the gateway's user, whom it makes.
 */
export function functionsEnvironment(variables: Variables): Record<string, string> {
  const { mysql, others } = split(variables);
  return {
    ...others,
    MYSQL_URL: mysql.handlers ?? mysql.owner,
    ...(mysql.handlers !== undefined && { MYSQL_OWNER_URL: mysql.owner }),
    ...(mysql.gateway !== undefined && { MYSQL_GATEWAY_URL: mysql.gateway }),
  };
}

/** The settings of MySQL apart from all others. */
function split(variables: Variables): { mysql: MysqlUrls; others: Record<string, string> } {
  const { MYSQL_URL = "", MYSQL_HANDLERS_URL, MYSQL_GATEWAY_URL, MYSQL_OWNER_URL: _, ...others } = variables;
  return { mysql: { owner: MYSQL_URL, handlers: MYSQL_HANDLERS_URL, gateway: MYSQL_GATEWAY_URL }, others };
}
