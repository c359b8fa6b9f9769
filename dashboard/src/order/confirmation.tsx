import { useState } from "preact/hooks";
import { ApiError } from "../api/errors.ts";
import type { Order } from "../api/types.ts";
import { Dialog } from "../parts/dialog.tsx";
import { changed } from "../state/actions.ts";
import { notify } from "../state/notices.ts";

/** What is asked before something is done to an order. */
interface Question {
  readonly label: string;
  readonly title: string;
  readonly text: string;
  readonly decline: string;
  /** What is said when it is done. */
  readonly done: string;
  readonly isDangerous: boolean;
  readonly run: (id: string) => Promise<Order>;
}

interface Props {
  readonly order: Order;
  readonly question: Question;
  readonly onClose: () => void;
}

/** Asks, does it, and says what became of it. A refusal stays to be read. */
export function Confirmation({ order, question, onClose }: Props) {
  const [isUnderWay, setUnderWay] = useState(false);
  const [error, setError] = useState<ApiError>();
  const confirm = async () => {
    if (isUnderWay) return;
    setUnderWay(true);
    try {
      await question.run(order.id);
      notify("good", question.done);
      onClose();
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      setError(cause);
    }
    setUnderWay(false);
    changed();
  };
  return (
    <Dialog title={question.title} onClose={onClose}>
      <p class="dialog-subject">
        {order.item} <code>…{order.id.slice(-12)}</code>
      </p>
      <p>{question.text}</p>
      {error !== undefined && (
        <p class="form-error" role="alert">
          <b>{error.title}.</b> {error.message}
        </p>
      )}
      <div class="form-actions">
        <button type="button" class="button" onClick={onClose}>
          {question.decline}
        </button>
        <button
          type="button"
          class={`button ${question.isDangerous ? "danger-solid" : "primary"}`}
          aria-disabled={isUnderWay}
          onClick={confirm}
        >
          {question.label}
        </button>
      </div>
    </Dialog>
  );
}
