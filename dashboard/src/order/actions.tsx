import { useState } from "preact/hooks";
import { cancelOrder, redriveOrder } from "../api/client.ts";
import type { Order } from "../api/types.ts";
import { Icon } from "../parts/icon.tsx";
import { Confirmation } from "./confirmation.tsx";

const actions = {
  cancel: {
    label: "Cancel order",
    title: "Cancel this order?",
    text: "It will not be worked on, and cannot be brought back.",
    decline: "Keep it",
    done: "The order is cancelled.",
    isDangerous: true,
    run: cancelOrder,
  },
  redrive: {
    label: "Redrive",
    title: "Redrive this order?",
    text: "It goes back into the queue with all of its attempts before it. Its history stays.",
    decline: "Leave it",
    done: "The order is in the queue again.",
    isDangerous: false,
    run: redriveOrder,
  },
} as const;

/** What an order's status lets a person do. */
function actionOf({ status }: Order): keyof typeof actions | undefined {
  if (status === "scheduled" || status === "pending") return "cancel";
  return status === "failed" ? "redrive" : undefined;
}

/** Cancel or redrive, each after a question. */
export function OrderActions({ order }: { readonly order: Order }) {
  const [asked, setAsked] = useState<keyof typeof actions>();
  const possible = actionOf(order);
  return (
    <div class="order-actions">
      {possible !== undefined && (
        <button
          type="button"
          class={`button ${actions[possible].isDangerous ? "danger" : "primary"}`}
          onClick={() => setAsked(possible)}
        >
          <Icon name={possible === "cancel" ? "close" : "redo"} />
          {actions[possible].label}
        </button>
      )}
      {asked !== undefined && (
        <Confirmation order={order} question={actions[asked]} onClose={() => setAsked(undefined)} />
      )}
    </div>
  );
}
