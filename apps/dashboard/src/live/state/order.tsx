import type { OrderAnswer } from "../../../../../src/agent/routes/order.messages.ts";
import { bytes, clockTime, whole } from "../../shared/format.ts";
import { usePolled } from "../use-agent.ts";
import { Locks } from "./locks.tsx";
import { ofOrder } from "./of-order.ts";
import { OrderMembers } from "./order-members.tsx";
import { OrderedLogs } from "./ordered-log.tsx";
import { useReigns } from "./use-reigns.ts";

interface OrderPanelProps {
  readonly self: string | undefined;
  /** As the agent's status says it; undefined while nobody has said. */
  readonly engine: string | undefined;
}

/** The order of this node: Raft's term and indexes, who leads, and what lives in it. */
export function OrderPanel({ engine, self }: OrderPanelProps) {
  const { error, value } = usePolled<OrderAnswer>(ofOrder("v1/order", engine), 1_000);
  return (
    <section class={value === undefined ? "panel" : "panel wide"} aria-label="Order">
      <div class="panel-head">
        <h2>Order</h2>
        {value === undefined ? null : (
          <span class="muted small">
            {value.engine}, group {value.group}
          </span>
        )}
      </div>
      <p class="small muted what">
        One order for all nodes, decided by a majority of voters: of ordered logs, locks, ledgers.
      </p>
      {value !== undefined ? (
        <Picture order={value} self={self} />
      ) : (
        <p class="empty">
          {engine === "none" ? (
            <>
              This agent has no order. Start three with one list of voters:{" "}
              <code>hearsay agent --name a --voters a,b,c --data-dir a</code>
            </>
          ) : (
            (error?.message ?? "Asking the agent …")
          )}
        </p>
      )}
    </section>
  );
}

interface PictureProps {
  readonly order: OrderAnswer;
  /** Whose dashboard this is. */
  readonly self: string | undefined;
}

function Picture({ order, self }: PictureProps) {
  const { isLeader, leader, log, position, role, state, term } = order;
  const reigns = useReigns(order);
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["term", whole(term)],
    ["leader", leader ?? "none: who can win an election?"],
    ["this node", `${isLeader ? "leads" : role}, ${state}`],
    ["committed index", log && whole(log.commitIndex)],
    ["applied index", log && whole(log.appliedIndex)],
    ["log", log && `${whole(log.firstIndex)} … ${whole(log.lastIndex)}, ${bytes(log.bytes)}`],
    ["position", log === undefined ? whole(position) : undefined],
    ["snapshot", order.snapshot === "needed" ? "waits for one" : undefined],
  ];
  return (
    <div class="stack">
      <dl class="facts-row">
        {facts
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => (
            <div key={name} data-fact={name}>
              <dt class="muted small">{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <OrderMembers order={order} self={self} />
      {reigns.length < 2 ? null : (
        <p class="small muted" role="status">
          Since this page was opened:{" "}
          {reigns
            .map((one) => `term ${one.term} ${one.leader ?? "nobody"} (${clockTime(one.at)})`)
            .join(" → ")}
        </p>
      )}
      <div class="halves">
        <OrderedLogs />
        <Locks />
      </div>
    </div>
  );
}
