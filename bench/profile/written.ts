import type { RowDataPacket } from "mysql2/promise";
import type { Ground } from "../ground.ts";

/** Bytes that MySQL has written since its start. */
interface Written {
  readonly redo: number;
  readonly binlog: number;
  readonly pages: number;
}

/** Begins to count; what is returned tells how many bytes were written since. */
export async function countWritten({ asRoot }: Ground): Promise<() => Promise<Written>> {
  const look = () =>
    asRoot(async (connection): Promise<Written> => {
      const [status] = await connection.query<RowDataPacket[]>(
        `SELECT VARIABLE_NAME AS name, VARIABLE_VALUE AS value FROM performance_schema.global_status
        WHERE VARIABLE_NAME IN ('Innodb_os_log_written', 'Innodb_pages_written', 'Innodb_page_size')`,
      );
      const values = new Map(status.map(({ name, value }) => [String(name), Number(value)]));
      const value = (name: string) => values.get(name) ?? Number.NaN;
      const [logs] = await connection.query<RowDataPacket[]>("SHOW BINARY LOGS");
      return {
        redo: value("Innodb_os_log_written"),
        binlog: logs.reduce((sum, { File_size }) => sum + Number(File_size), 0),
        pages: value("Innodb_pages_written") * value("Innodb_page_size"),
      };
    });
  const before = await look();
  return async () => {
    const after = await look();
    return {
      redo: after.redo - before.redo,
      binlog: after.binlog - before.binlog,
      pages: after.pages - before.pages,
    };
  };
}
