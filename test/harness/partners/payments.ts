import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import * as z from "zod";

const chargeSchema = z.strictObject({
  orderId: z.uuid(),
  item: z.string().min(1),
  quantity: z.int().min(1),
  price: z.string().regex(/^\d+\.\d\d$/),
  amount: z.string().regex(/^\d+\.\d\d$/),
  createdAt: z.iso.datetime(),
});

export type Charge = z.infer<typeof chargeSchema>;

/** What is known of a key: the charge that took place under it, and how often it was asked for. */
export interface Charged {
  readonly charge: Charge;
  asked: number;
}

/** Stands for a payment service that honours the Idempotency-Key: it charges once for a key, however often it is asked. */
export class PaymentService {
  readonly url: string;
  /** What took place, by key. */
  readonly charges = new Map<string, Charged>();
  /** Called with each request before it is answered; a text refuses the charge with 422. */
  refuse: (charge: Charge) => string | undefined = () => undefined;
  /** Called after a charge took place: false breaks the connection off, so that the worker never hears of it. */
  answers: (charge: Charge) => boolean = () => true;
  /** What was sent that no step may send. */
  readonly complaints: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/charges`;
    server.on("request", (request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<PaymentService> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new PaymentService(server);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A worker that is killed breaks its requests off.
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return;
    const charge = chargeSchema.safeParse(JSON.parse(body));
    const key = request.headers["idempotency-key"];
    if (!charge.success || key !== `billing:${charge.data.orderId}`) {
      this.complaints.push(`${key}: ${body}`);
      response.writeHead(400).end("that is no charge");
      return;
    }
    const why = this.refuse(charge.data);
    if (why !== undefined) {
      response.writeHead(422).end(why);
      return;
    }
    this.#charge(key, charge.data);
    if (this.answers(charge.data)) response.writeHead(201).end("charged");
    else request.socket.destroy();
  }

  #charge(key: string, charge: Charge): void {
    const known = this.charges.get(key);
    if (known === undefined) this.charges.set(key, { charge, asked: 1 });
    else if (JSON.stringify(known.charge) === JSON.stringify(charge)) known.asked++;
    else this.complaints.push(`${key} asks for another charge than before`);
  }
}
