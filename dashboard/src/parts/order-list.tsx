import { useEffect } from "preact/hooks";
import { listOrders } from "../api/client.ts";
import { loadPage, type Page } from "../api/load-page.ts";
import { changes } from "../state/actions.ts";
import type { Known } from "../state/poll.ts";
import { hrefOf, type Listing } from "../state/route.ts";
import { usePoll } from "../state/use-poll.ts";
import { EmptyList, FailedList } from "./list-states.tsx";
import { ListTools } from "./list-tools.tsx";
import { OrderTable } from "./order-table.tsx";
import { Pager } from "./pager.tsx";

/** How often the list is read anew, in milliseconds. A search looks at many rows, so it is sent less often. */
const everyMs = { list: 2_000, search: 10_000 } as const;

/** The orders that the address asks for: searched, filtered, by pages. */
export function OrderList({ listing }: { readonly listing: Listing }) {
  const { status, item, cursor } = listing;
  const poll = usePoll(
    hrefOf(listing),
    (signal) => loadPage({ status, item, cursor }, (query) => listOrders(query, signal)),
    () => (item === undefined ? everyMs.list : everyMs.search),
  );
  const { value: latest } = changes;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the latest change is what it waits for.
  useEffect(() => {
    if (latest > 0) poll.refresh();
  }, [latest, poll]);
  const known = poll.known.value;
  return (
    <section class="panel list" aria-labelledby="list-title" aria-busy={known.data === undefined}>
      <ListTools listing={listing} />
      <Content known={known} listing={listing} retry={poll.refresh} />
      {known.data !== undefined && <Pager listing={listing} page={known.data} />}
    </section>
  );
}

interface ContentProps {
  readonly known: Known<Page>;
  readonly listing: Listing;
  readonly retry: () => void;
}

function Content({ known: { data, error }, listing, retry }: ContentProps) {
  if (data === undefined) return error === undefined ? <OrderTable /> : <FailedList error={error} retry={retry} />;
  if (data.orders.length === 0) return <EmptyList listing={listing} isPartial={data.isPartial} />;
  return <OrderTable orders={data.orders} isStale={error !== undefined} />;
}
