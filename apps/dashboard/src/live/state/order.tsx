import type { OrderStatus } from "../../../../../src/agent/routes/order.messages.ts";
import { whole } from "../../shared/format.ts";
import { usePolled } from "../use-agent.ts";

/** The order of this node: Raft's term and how far its log is. */
export function OrderPanel() {
  const order = usePolled<OrderStatus>("v1/order", 1_500);
  const metrics = usePolled<Readonly<Record<string, number>>>(
    order.value === undefined ? undefined : "v1/metrics",
    1_500,
  ).value;
  return (
    <section class="panel" aria-label="Order">
      <div class="panel-head">
        <h2>Order</h2>
        <span class="muted small">one order for all nodes, by a majority of voters</span>
      </div>
      {order.value === undefined ? (
        <p class="empty">
          {order.error?.code === "CONFIG_OPTION" ? (
            <>
              This agent has no order. Start three with <code>--voters a,b,c</code> for ordered
              logs, locks and ledgers.
            </>
          ) : (
            (order.error?.message ?? "Asking the agent …")
          )}
        </p>
      ) : (
        <Picture order={order.value} metrics={metrics} />
      )}
    </section>
  );
}

interface PictureProps {
  readonly order: OrderStatus;
  readonly metrics: Readonly<Record<string, number>> | undefined;
}

function Picture({ metrics, order }: PictureProps) {
  const { engine, group, isLeader, leader, learners, position, role, state, term, voters } = order;
  const rows: readonly (readonly [string, string | number | undefined])[] = [
    ["engine", `${engine}, group ${group}`],
    ["state", state],
    ["leader", leader === undefined ? "none: who can win an election?" : leader],
    ["this node", isLeader ? "is the leader" : role],
    ["term", term === undefined ? undefined : whole(term)],
    ["committed index", numberOf(metrics?.["raft.commit"])],
    ["applied index", numberOf(metrics?.["raft.applied"])],
    ["position", whole(position)],
    ["voters", voters.join(", ")],
    ["learners", learners.join(", ") || "none"],
  ];
  return (
    <table>
      <tbody>
        {rows
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function numberOf(value: number | undefined): string | undefined {
  return value === undefined ? undefined : whole(value);
}
