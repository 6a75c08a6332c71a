import { Infos } from "./infos.tsx";
import { LedgerPanel } from "./ledger.tsx";
import { Operations } from "./operations.tsx";
import { OrderPanel } from "./order.tsx";
import { Versions } from "./versions.tsx";

export function StateView() {
  return (
    <>
      <div class="page-head">
        <h1>State</h1>
        <p>
          What the nodes keep together. Every node has its own copy; this is that of this agent.
        </p>
      </div>
      <div class="two">
        <div class="stack">
          <Infos />
          <Operations />
          <Versions />
        </div>
        <div class="stack">
          <OrderPanel />
          <LedgerPanel />
        </div>
      </div>
    </>
  );
}
