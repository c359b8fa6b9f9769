import { Latencies } from "../charts/latencies.tsx";
import { Throughput } from "../charts/throughput.tsx";
import { OrderList } from "../parts/order-list.tsx";
import { StatusTiles } from "../parts/status-tiles.tsx";
import { SystemPanel } from "../parts/system-panel.tsx";
import { stats } from "../state/live.ts";
import type { Listing } from "../state/route.ts";

/** How the system is, and every order. */
export function Overview({ listing }: { readonly listing: Listing }) {
  const isStale = stats.known.value.error !== undefined;
  return (
    <>
      <h1 class="unseen">Orders</h1>
      <div class="overview" data-stale={isStale}>
        <StatusTiles listing={listing} />
        <Throughput />
        <Latencies />
        <SystemPanel />
      </div>
      <OrderList listing={listing} />
    </>
  );
}
