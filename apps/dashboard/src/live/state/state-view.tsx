import { Infos } from "./infos.tsx";
import { OrderPanel } from "./order.tsx";

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
        </div>
        <div class="stack">
          <OrderPanel />
        </div>
      </div>
    </>
  );
}
