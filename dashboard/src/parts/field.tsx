import { useEffect, useRef } from "preact/hooks";

interface Props {
  readonly name: string;
  readonly label: string;
  readonly type?: "text" | "password" | "datetime-local";
  readonly inputMode?: "text" | "numeric" | "decimal";
  readonly defaultValue?: string;
  /** Whether typing goes here at first. */
  readonly hasFocus?: boolean;
  readonly hint?: string;
  /** What is wrong with it. */
  readonly error?: string | undefined;
}

/** A labelled field of a form, with its hint and its error. Nothing typed here is for the browser to keep. */
export function Field({ name, label, type = "text", inputMode = "text", defaultValue = "", ...more }: Props) {
  const { hint, error, hasFocus = false } = more;
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (hasFocus) input.current?.focus();
  }, [hasFocus]);
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        ref={input}
        id={name}
        name={name}
        // The types only differ in the roles that they may have; none is given here.
        type={type as "text"}
        inputMode={inputMode}
        defaultValue={defaultValue}
        autoComplete="off"
        aria-invalid={error !== undefined}
        aria-describedby={described === "" ? undefined : described}
      />
      {hint !== undefined && (
        <p id={`${name}-hint`} class="hint">
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={`${name}-error`} class="field-error">
          {error}
        </p>
      )}
    </div>
  );
}
