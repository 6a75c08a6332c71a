import type { AggregatesAnswer } from "../../../../../src/agent/routes/aggregates.messages.ts";
import { bytes, duration, figures } from "../../shared/format.ts";
import { usePolled } from "../use-agent.ts";
import { NumberHeads } from "./number-heads.tsx";

/** What all nodes' numbers come to, as this one knows it. */
export function Aggregates() {
  const { value } = usePolled<AggregatesAnswer>("v1/aggregates", 2_000);
  const numbers = value?.aggregates.filter(({ kind }) => kind === "number") ?? [];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="panel scroll" aria-label="Aggregates" tabIndex={0}>
      <h2>The whole cluster in numbers</h2>
      {numbers.length === 0 ? (
        <p class="empty">
          No aggregate is open. Start agents with <code>--aggregate load</code>, and each will know
          the average of all, without a coordinator.
        </p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Aggregate</th>
              <NumberHeads names={["average", "min", "max", "sum", "heard"]} />
            </tr>
          </thead>
          <tbody>
            {numbers.map(({ estimates, name }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {["average", "min", "max", "sum"].map((one) => (
                  <td key={one} class="number">
                    {estimateText(name, estimates[one]?.value)}
                  </td>
                ))}
                <td class="number muted">
                  {estimates["average"] === undefined
                    ? "—"
                    : `${duration(estimates["average"].ageMs)} ago`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function estimateText(name: string, value: number | null | undefined): string {
  if (value === undefined || value === null) return "—";
  return name === "memory" ? bytes(value) : figures(value);
}
