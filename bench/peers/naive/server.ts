import { ServerCredentials } from "@grpc/grpc-js";
import { Redis } from "ioredis";
import { portSetting, setting } from "../environment.ts";
import { httpApp } from "./http.ts";
import { sequelize } from "./order.ts";
import { statusServer } from "./status-service.ts";

await sequelize.sync();
await new Promise<void>((resolve, reject) => {
  const address = `127.0.0.1:${portSetting("PORT_GRPC")}`;
  statusServer().bindAsync(address, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
});
httpApp(new Redis(setting("REDIS_URL"))).listen(portSetting("PORT_HTTP"), "127.0.0.1");
