import type { Status } from "../api/types.ts";

/** A shape for each status, so that it is not told by its colour alone. On a grid of 16. */
const shapes: Readonly<Record<Status, string>> = {
  scheduled: "M8 4.5V8l2.5 1.5M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z",
  pending: "M4 8h.01M8 8h.01M12 8h.01",
  processing: "M8 2a6 6 0 1 1-6 6M8 5.5v5M5.5 8h5",
  completed: "M3 8.5 6.5 12 13 4.5",
  failed: "M4 4l8 8M12 4l-8 8",
  cancelled: "M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0ZM3.8 12.2l8.4-8.4",
};

export const statusNames: Readonly<Record<Status, string>> = {
  scheduled: "Scheduled",
  pending: "Pending",
  processing: "Processing",
  completed: "Completed",
  failed: "Failed",
  cancelled: "Cancelled",
};

export function StatusIcon({ status }: { readonly status: Status }) {
  return (
    <svg class="status-icon" data-status={status} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={shapes[status]} />
    </svg>
  );
}

/** A status by its name, its shape and its colour. */
export function StatusBadge({ status }: { readonly status: Status }) {
  return (
    <span class="status" data-status={status}>
      <StatusIcon status={status} />
      {statusNames[status]}
    </span>
  );
}
