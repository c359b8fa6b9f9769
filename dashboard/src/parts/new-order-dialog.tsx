import { isNewOrderOpen } from "../state/actions.ts";
import { Dialog } from "./dialog.tsx";
import { NewOrderForm } from "./new-order-form.tsx";

export function NewOrderDialog() {
  if (!isNewOrderOpen.value) return null;
  const close = () => {
    isNewOrderOpen.value = false;
  };
  return (
    <Dialog title="New order" onClose={close}>
      <NewOrderForm onDone={close} />
    </Dialog>
  );
}
