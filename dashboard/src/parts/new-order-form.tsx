import { useRef, useState } from "preact/hooks";
import { postOrder } from "../api/client.ts";
import { ApiError } from "../api/errors.ts";
import type { FieldError, NewOrder } from "../api/types.ts";
import { numberOf } from "../reading.ts";
import { randomKey } from "../samples.ts";
import { changed } from "../state/actions.ts";
import { notify } from "../state/notices.ts";
import { hrefOf } from "../state/route.ts";
import { Field } from "./field.tsx";

const fields = ["item", "quantity", "price", "runAt"] as const;

/** What was last sent and not answered for good: the same order goes under the same key, and is made once. */
interface Sent {
  readonly text: string;
  readonly key: string;
}

/** A form for one order. What is wrong with it the API decides, and says at which field. */
export function NewOrderForm({ onDone }: { readonly onDone: () => void }) {
  const form = useRef<HTMLFormElement>(null);
  const sent = useRef<Sent>(undefined);
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<ApiError>();

  const submit = async (event: Event) => {
    event.preventDefault();
    if (form.current === null || isSending) return;
    const order = orderOf(form.current);
    const text = JSON.stringify(order);
    if (sent.current?.text !== text) sent.current = { text, key: randomKey() };
    setSending(true);
    setError(undefined);
    try {
      const { id, item } = await postOrder(order, sent.current.key);
      notify("good", `Order of ${item} posted.`, hrefOf({ page: "order", id }));
      changed();
      onDone();
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      setError(cause);
      setSending(false);
      focusFirst(form.current, cause.errors);
    }
  };

  const errorAt = (name: string) => error?.errors.find(({ pointer }) => pointer === `#/${name}`)?.detail;
  return (
    <form ref={form} class="form" onSubmit={submit} noValidate>
      <Field name="item" label="Item" hasFocus error={errorAt("item")} />
      <div class="field-row">
        <Field name="quantity" label="Quantity" inputMode="numeric" defaultValue="1" error={errorAt("quantity")} />
        <Field name="price" label="Price" inputMode="decimal" error={errorAt("price")} />
      </div>
      <Field
        name="runAt"
        label="Not before (optional)"
        type="datetime-local"
        hint="Empty: as soon as possible. At most a year ahead."
        error={errorAt("runAt")}
      />
      {error !== undefined && !fields.some(errorAt) && <Failure error={error} />}
      <div class="form-actions">
        <button type="button" class="button" onClick={onDone}>
          Discard
        </button>
        <button type="submit" class="button primary" aria-disabled={isSending}>
          {isSending ? "Posting…" : "Post order"}
        </button>
      </div>
    </form>
  );
}

function Failure({ error }: { readonly error: ApiError }) {
  return (
    <p class="form-error" role="alert">
      <b>Not posted.</b> {error.message}
      {error.isPassing && " Post again: it is not made twice."}
    </p>
  );
}

/** What is empty or cannot be read is sent so that the API says what it expected. */
function orderOf(form: HTMLFormElement): NewOrder {
  const data = new FormData(form);
  const text = (name: (typeof fields)[number]) => String(data.get(name) ?? "").trim();
  const runAt = timeOf(form, text("runAt"));
  return {
    item: text("item"),
    quantity: numberOf(text("quantity")),
    price: numberOf(text("price")),
    ...(runAt !== undefined && { runAt }),
  };
}

/** A day without a time is empty like nothing at all, and without "not before" the order would run at once. */
function timeOf(form: HTMLFormElement, text: string): string | undefined {
  const isIncomplete = form.querySelector<HTMLInputElement>("[name=runAt]")?.validity.badInput === true;
  if (isIncomplete) return "incomplete";
  return text === "" ? undefined : new Date(text).toISOString();
}

function focusFirst(form: HTMLFormElement, errors: readonly FieldError[]): void {
  const first = fields.find((name) => errors.some(({ pointer }) => pointer === `#/${name}`));
  if (first !== undefined) form.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus();
}
