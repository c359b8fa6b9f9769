import { useEffect } from "preact/hooks";
import { getOrder, getWhy } from "../api/client.ts";
import { endedStatuses, type OrderWithHistory, type Why } from "../api/types.ts";
import { Explanation } from "../order/explanation.tsx";
import { Facts } from "../order/facts.tsx";
import { OrderHeading } from "../order/heading.tsx";
import { FailedOrder, NoSuchOrder, OrderPlaceholder } from "../order/states.tsx";
import { Timeline } from "../order/timeline.tsx";
import { Icon } from "../parts/icon.tsx";
import { changes } from "../state/actions.ts";
import { lastListing } from "../state/address.ts";
import type { Known } from "../state/poll.ts";
import { hrefOf } from "../state/route.ts";
import { usePoll } from "../state/use-poll.ts";

/** How often an order is read anew, in milliseconds: one that has ended changes by a redrive at most. */
const everyMs = { open: 1_000, ended: 4_000 } as const;

const isEnded = (order: OrderWithHistory | undefined) => order !== undefined && endedStatuses.has(order.status);

/** One order: where it is, what became of it, and what can be done. */
export function OrderPage({ id }: { readonly id: string }) {
  const order = usePoll(
    `order/${id}`,
    (signal) => getOrder(id, signal),
    (data) => (isEnded(data) ? everyMs.ended : everyMs.open),
  );
  const why = usePoll(
    `why/${id}`,
    (signal) => getWhy(id, signal),
    (data) => (data !== undefined && endedStatuses.has(data.status) ? everyMs.ended : everyMs.open),
  );
  const { value: latest } = changes;
  const version = order.known.value.data?.updatedAt;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what it waits for.
  useEffect(() => {
    if (latest > 0) order.refresh();
  }, [latest, order]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what it waits for.
  useEffect(() => why.refresh(), [version, why]);

  const { data, error } = order.known.value;
  const item = data?.item;
  useEffect(() => {
    document.title = `${item ?? "Order"} – Orders`;
    return () => {
      document.title = "Orders";
    };
  }, [item]);
  return (
    <article class="order" aria-busy={data === undefined && error === undefined}>
      <a class="back" href={hrefOf(lastListing.value)}>
        <Icon name="back" />
        Back to the list
      </a>
      {data !== undefined && <Loaded order={data} why={why.known.value} isStale={error !== undefined} />}
      {data === undefined && error === undefined && <OrderPlaceholder />}
      {data === undefined && error?.status === 404 && <NoSuchOrder id={id} />}
      {data === undefined && error !== undefined && error.status !== 404 && (
        <FailedOrder error={error} retry={order.refresh} />
      )}
    </article>
  );
}

interface LoadedProps {
  readonly order: OrderWithHistory;
  readonly why: Known<Why>;
  readonly isStale: boolean;
}

function Loaded({ order, why, isStale }: LoadedProps) {
  return (
    <>
      <OrderHeading order={order} />
      <div class="order-columns" data-stale={isStale}>
        <div class="order-main">
          <Explanation known={why} />
          <Timeline order={order} />
        </div>
        <Facts order={order} />
      </div>
    </>
  );
}
