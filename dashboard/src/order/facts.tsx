import type { Order } from "../api/types.ts";
import { count, duration, moment, price } from "../format.ts";
import { Fact } from "../parts/fact.tsx";
import { Time } from "../parts/time.tsx";

/** What is known of an order beside its history. */
export function Facts({ order }: { readonly order: Order }) {
  const begun = Date.parse(order.runAt ?? order.createdAt);
  return (
    <section class="panel order-facts" aria-labelledby="facts-title">
      <h2 id="facts-title">Order</h2>
      <dl class="facts">
        <Fact name="Quantity">{count(order.quantity)}</Fact>
        <Fact name="Price">{price(order.price)}</Fact>
        <Fact name="Attempts">{order.attempt}</Fact>
        <Moment name="Created" at={order.createdAt} />
        {order.runAt !== undefined && <Moment name="Not before" at={order.runAt} />}
        <Moment name="Updated" at={order.updatedAt} />
        {order.completedAt !== undefined && (
          <>
            <Moment name="Completed" at={order.completedAt} />
            <Fact name="Took">{duration(Date.parse(order.completedAt) - begun)}</Fact>
          </>
        )}
      </dl>
    </section>
  );
}

function Moment({ name, at }: { readonly name: string; readonly at: string }) {
  return (
    <Fact name={name}>
      <Time at={at} />
      <span class="fact-exact">{moment(at)}</span>
    </Fact>
  );
}
