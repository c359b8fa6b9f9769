import type { RowDataPacket } from "mysql2/promise";
import type { Database, Session } from "../../core/db/database.ts";

/** How many entries of indexes and rows MySQL reads for a piece of work. MySQL manual, "Server Status Variables". */
export function entriesRead(database: Database, work: (session: Session) => Promise<unknown>): Promise<number> {
  return database.run(async (session) => {
    const before = await handlerReads(session);
    await work(session);
    return (await handlerReads(session)) - before;
  });
}

async function handlerReads({ connection }: Session): Promise<number> {
  const [found] = await connection.query<RowDataPacket[]>("SHOW SESSION STATUS LIKE 'Handler_read%'");
  return found.reduce((sum, { Value }) => sum + Number(Value), 0);
}
