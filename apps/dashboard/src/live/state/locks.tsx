import type { LocksAnswer } from "../../../../../src/agent/routes/locks.messages.ts";
import { whole } from "../../shared/format.ts";
import { usePolled } from "../use-agent.ts";

const LOCKS_SHOWN_MAX = 100;

/** Who holds which lock, and who waits for it; leaders are holders of their office. */
export function Locks() {
  const { error, value } = usePolled<LocksAnswer>("v1/locks", 1_000);
  return (
    <div>
      <h3>Locks and leaders</h3>
      {value === undefined ? (
        <p class="empty">{error?.message ?? "Asking the agent …"}</p>
      ) : value.locks.length === 0 ? (
        <p class="empty">
          Nobody holds a lock: <code>hearsay lock run nightly -- sleep 60</code>
        </p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Held by</th>
              <th scope="col">Token</th>
              <th scope="col">Waiting</th>
            </tr>
          </thead>
          <tbody>
            {value.locks.slice(0, LOCKS_SHOWN_MAX).map(({ holder, kind, name, token, waiting }) => (
              <tr key={`${kind} ${name}`} data-lock={name}>
                <th scope="row">
                  {name}
                  {kind === "leader" ? <span class="badge">office</span> : null}
                </th>
                <td>{holder}</td>
                <td class="mono">{whole(token)}</td>
                <td>{waiting.join(", ") || <span class="muted">nobody</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
