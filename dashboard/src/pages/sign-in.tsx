import { useState } from "preact/hooks";
import { getStats } from "../api/client.ts";
import { ApiError } from "../api/errors.ts";
import { Field } from "../parts/field.tsx";
import { admit, bringKey, isKeyWanted } from "../state/session.ts";

const refusal = "The API knows no such key.";

/** Asks for an API key, which the API wants. */
export function SignIn() {
  const [error, setError] = useState(isKeyWanted.peek() === "refused" ? refusal : undefined);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const key = String(new FormData(event.currentTarget).get("key") ?? "").trim();
    // What no header can carry is no key.
    setError(/^[\x21-\x7e]+$/.test(key) ? await objection(key) : "Enter a key: letters, digits and signs, no spaces.");
  };
  return (
    <section class="sign-in panel" aria-labelledby="sign-in-title">
      <h1 id="sign-in-title">An API key is needed</h1>
      <p>This deployment answers only those who have a key. Ask whoever runs it for one of your own.</p>
      <form class="form" onSubmit={submit} noValidate>
        <Field
          name="key"
          label="API key"
          type="password"
          hasFocus
          hint="Kept until this tab is closed, and sent to this address alone."
          error={error}
        />
        <div class="form-actions">
          <button type="submit" class="button primary">
            Sign in
          </button>
        </div>
      </form>
    </section>
  );
}

/** Tries a key; says why not when it does not open. */
async function objection(key: string): Promise<string | undefined> {
  bringKey(key);
  try {
    await getStats(new AbortController().signal);
    admit();
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.status === 401 ? refusal : `${error.message} Try again in a moment.`;
  }
}
