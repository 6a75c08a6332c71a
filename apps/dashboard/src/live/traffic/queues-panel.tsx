import { bytes, figures } from "../../shared/format.ts";
import type { Metrics } from "./meters.ts";

interface Queue {
  readonly words: string;
  readonly unit: "bytes" | "count";
}

const queues: Readonly<Record<string, Queue>> = {
  "broadcast.backlog": { words: "messages that wait to be told", unit: "count" },
  "replicas.missing": { words: "updates known of, and not here yet", unit: "count" },
  "links.queuedFrames": { words: "frames that wait for links", unit: "count" },
  "links.queuedBytes": { words: "bytes of them", unit: "bytes" },
  "swim.awarenessScore": {
    words: "how slow this node finds itself (0: not at all)",
    unit: "count",
  },
  "reconnect.places": { words: "lost members that are looked for", unit: "count" },
  watchClientsCount: { words: "clients that watch this agent", unit: "count" },
};

/** How deep the queues of this node are now. */
export function Queues({ sample }: { readonly sample: Metrics }) {
  const rows = Object.entries(queues).filter(([name]) => sample[name] !== undefined);
  return (
    <section class="panel" aria-label="Queues">
      <h2>What waits</h2>
      <table>
        <tbody>
          {rows.map(([name, { unit, words }]) => (
            <tr key={name}>
              <th scope="row">{words}</th>
              <td class="number">{(unit === "bytes" ? bytes : figures)(sample[name] ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
