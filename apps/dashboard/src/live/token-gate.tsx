import { useState } from "preact/hooks";
import { isTokenRefused, keepToken } from "./agent-api.ts";

/** Asked when the agent answers that it wants a token. */
export function TokenGate() {
  const [token, setToken] = useState("");
  return (
    <form
      class="panel gate stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() !== "") keepToken(token.trim());
      }}
    >
      <h1>This agent wants a token</h1>
      <p class="muted">
        It is what the agent was started with (<code>--token</code> or <code>HEARSAY_TOKEN</code>).
        This tab keeps it until it is closed.
      </p>
      <label class="field">
        <span>Token</span>
        <input
          type="password"
          autocomplete="off"
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      {isTokenRefused.value ? (
        <p class="note bad" role="alert">
          The agent does not know that token.
        </p>
      ) : null}
      <button type="submit" class="primary">
        Open the dashboard
      </button>
    </form>
  );
}
