import type { Ports, ServicePorts } from "./config.ts";
import { httpSpec, type ServiceContext } from "./services.ts";
import type { ComponentSpec } from "./supervisor/component.ts";

/** What distinguishes one way to run the system from another: what takes the requests, and which ports it likes. */
export interface SystemPlan<P extends ServicePorts> {
  /** The ports wanted; 0 asks for any free one. */
  ports: P;
  /** The ports that the databases get where they are free. */
  databasePorts: { mysql: number; redis: number };
  /** Whether the start migrates the database. If not, a deployment will, and gateway and worker wait for it. */
  migrates: boolean;
  /** The component that takes the requests. */
  front: {
    name: string;
    spec: (context: ServiceContext<P>) => ComponentSpec;
    where: (ports: P) => string;
  };
}

/** `npm start`: the handlers in serverless-offline. */
export function offlinePlan(ports: Ports): SystemPlan<Ports> {
  return {
    ports,
    databasePorts: { mysql: 13306, redis: 16379 },
    migrates: true,
    front: { name: "http", spec: httpSpec, where: ({ PORT_HTTP }) => `http://127.0.0.1:${PORT_HTTP}` },
  };
}
