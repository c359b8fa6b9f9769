import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icon.tsx";

interface Props {
  readonly title: string;
  /** Called when it was closed, by Escape as well. */
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A modal dialog for as long as the component is there. The browser keeps the focus in it, and gives it back. */
export function Dialog({ title, onClose, children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  // Before the effects of what is in it, which may move the focus.
  useLayoutEffect(() => {
    const { current } = element;
    current?.showModal();
    // Closed before it goes: that gives the focus back.
    return () => current?.close();
  }, []);
  return (
    <dialog ref={element} class="dialog" aria-labelledby="dialog-title" onClose={onClose}>
      <header class="dialog-header">
        <h2 id="dialog-title">{title}</h2>
        <button type="button" class="button quiet small" aria-label="Close" onClick={() => element.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}
