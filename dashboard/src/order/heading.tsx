import type { Order } from "../api/types.ts";
import { Icon } from "../parts/icon.tsx";
import { StatusBadge } from "../parts/status.tsx";
import { notify } from "../state/notices.ts";
import { OrderActions } from "./actions.tsx";

/** What was ordered, how it stands, and what can be done about it. */
export function OrderHeading({ order }: { readonly order: Order }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(order.id);
      notify("good", "The id is copied.");
    } catch {
      notify("bad", "The browser does not let this page copy. Select the id and copy it.");
    }
  };
  return (
    <header class="order-heading">
      <div>
        <h1>{order.item}</h1>
        <p class="order-line">
          <StatusBadge status={order.status} />
          <code class="order-id">{order.id}</code>
          <button type="button" class="button quiet small" aria-label="Copy the id" title="Copy the id" onClick={copy}>
            <Icon name="copy" />
          </button>
        </p>
      </div>
      <OrderActions order={order} />
    </header>
  );
}
