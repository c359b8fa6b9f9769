import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";

/** A mail server that takes every mail and keeps its headers. */
export class MailSink {
  /** For `STEP_EMAIL_SMTP_URL`. */
  readonly url: string;
  /** The headers of each mail that was accepted, in order. */
  readonly mails: ReadonlyMap<string, string>[] = [];
  /** Called after a mail is kept: false hangs up, so that the worker never hears of it. */
  answers: (mail: ReadonlyMap<string, string>) => boolean = () => true;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.url = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      // A worker that is killed breaks its sessions off.
      this.#serve(socket).catch(() => socket.destroy());
    });
  }

  static async start(): Promise<MailSink> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new MailSink(server);
  }

  /** How often each Message-ID was taken. */
  timesById(): Map<string, number> {
    const times = new Map<string, number>();
    for (const mail of this.mails) {
      const id = mail.get("message-id") ?? "none";
      times.set(id, (times.get(id) ?? 0) + 1);
    }
    return times;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  async #serve(socket: Socket): Promise<void> {
    let data: string[] | undefined;
    socket.write("220 sink\r\n");
    for await (const line of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (data !== undefined && line !== ".") {
        data.push(line);
      } else if (data !== undefined) {
        const mail = headersOf(data);
        data = undefined;
        this.mails.push(mail);
        if (this.answers(mail)) socket.write("250 kept\r\n");
        else socket.destroy();
      } else if (/^DATA$/i.test(line)) {
        data = [];
        socket.write("354 go on\r\n");
      } else if (/^QUIT$/i.test(line)) {
        socket.end("221 bye\r\n");
      } else {
        socket.write("250 ok\r\n");
      }
    }
  }
}

function headersOf(lines: readonly string[]): Map<string, string> {
  const text = lines.slice(0, lines.indexOf("")).join("\n").replace(/\n\s+/g, " ");
  return new Map(
    text.split("\n").map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}
