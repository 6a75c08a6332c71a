import type { Cluster } from "../cluster.ts";
import { Infos } from "./infos.tsx";
import { LedgerPanel } from "./ledger.tsx";
import { NodeStates } from "./node-states.tsx";
import { Operations } from "./operations.tsx";
import { OrderPanel } from "./order.tsx";
import "./state.css";
import { Versions } from "./versions.tsx";

export function StateView({ cluster }: { readonly cluster: Cluster }) {
  const status = cluster.status.value;
  const self = status?.name;
  return (
    <>
      <div class="page-head">
        <h1>State</h1>
        <p>
          What the nodes keep together. Every node has its own copy; this is that of{" "}
          {self ?? "this agent"}.
        </p>
      </div>
      <div class="state-grid">
        <Infos />
        <NodeStates />
        <Operations />
        <Versions />
        <OrderPanel self={self} engine={status?.order} />
        <LedgerPanel engine={status?.order} />
      </div>
    </>
  );
}
