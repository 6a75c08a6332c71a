import { useState } from "preact/hooks";
import type { LedgerAnswer } from "../../../../../src/agent/routes/ledgers.messages.ts";
import type { OrderedNamesAnswer } from "../../../../../src/agent/routes/order.messages.ts";
import { pathSegment } from "../../../../../src/core/path-name.ts";
import { counted, whole } from "../../shared/format.ts";
import { usePolled } from "../use-agent.ts";
import { LedgerBlockItem } from "./ledger-block.tsx";
import type { LedgerVerdict } from "./ledger-verification.ts";
import { NameChoice } from "./name-choice.tsx";
import { isAskable } from "./names.ts";
import { ofOrder } from "./of-order.ts";
import { VerifyLedger } from "./verify-ledger.tsx";

const BLOCKS_SHOWN = 8;

/** Signed blocks, and a button that has this browser check all of them itself. */
export function LedgerPanel({ engine }: { readonly engine: string | undefined }) {
  const [ledger, setLedger] = useState<string | undefined>(undefined);
  const { names } = usePolled<OrderedNamesAnswer>(ofOrder("v1/ledgers", engine), 3_000).value ?? {};
  return (
    <section
      class={ledger === undefined ? "panel" : "panel wide"}
      aria-label="Ledger"
      data-ledger={ledger}
    >
      <div class="panel-head">
        <h2>Ledger</h2>
        <NameChoice
          label="Ledger"
          placeholder="audit"
          names={names?.filter(isAskable).map((name) => ({ name }))}
          chosen={ledger}
          onName={setLedger}
        />
      </div>
      <p class="small muted what">
        Entries in one order, in blocks that most signers have signed: whoever has them can check
        all of it.
      </p>
      {ledger !== undefined ? (
        <Chain key={ledger} ledger={ledger} />
      ) : names !== undefined && names.length > 0 ? (
        <p class="empty">Choose a ledger to see its blocks, and to verify them in this browser.</p>
      ) : engine === "none" ? (
        <p class="empty">A ledger needs an order; this agent was started without one.</p>
      ) : (
        <p class="empty">
          There is no ledger yet: <code>hearsay ledger append audit paid</code>
        </p>
      )}
    </section>
  );
}

function Chain({ ledger }: { readonly ledger: string }) {
  const path = `v1/ledgers/${pathSegment(ledger)}`;
  const { error, value } = usePolled<LedgerAnswer>(path, 1_500);
  const [verdict, setVerdict] = useState<LedgerVerdict | undefined>(undefined);
  /** Number behind the newest block that is shown; undefined: the newest there is. */
  const [below, setBelow] = useState<number | undefined>(undefined);
  if (value === undefined) return <p class="empty">{error?.message ?? "Asking the agent …"}</p>;
  const { chainId, halted, height, pendingCount, signers, state, threshold } = value;
  if (height === 0) {
    return (
      <p class="empty">
        {state}: it begins when all who sign it, the voters of the order, have opened it.
      </p>
    );
  }
  const top = Math.min(below ?? height, height);
  const count = Math.min(top, BLOCKS_SHOWN);
  const numbers = Array.from({ length: count }, (_, at) => top - 1 - at);
  return (
    <div class="stack">
      <p class="small">
        {state}: {counted(height, "final block")},{" "}
        {counted(pendingCount, "entry that waits", "entries that wait")}; {threshold ?? "?"} of{" "}
        {signers.length} signers make a block final.
        {halted === undefined ? null : (
          <b class="silent">
            {" "}
            Halted at block {halted.block}: {halted.reason}.
          </b>
        )}
      </p>
      <VerifyLedger path={path} onVerdict={setVerdict} />
      <ol class="chain">
        {numbers.map((number) => (
          <LedgerBlockItem
            key={number}
            path={path}
            number={number}
            chainId={chainId}
            verdict={verdict}
          />
        ))}
      </ol>
      {height <= BLOCKS_SHOWN ? null : <BlockPages height={height} top={top} onTop={setBelow} />}
    </div>
  );
}

interface BlockPagesProps {
  readonly height: number;
  /** Behind the newest block that is shown. */
  readonly top: number;
  readonly onTop: (top: number) => void;
}

function BlockPages({ height, onTop, top }: BlockPagesProps) {
  const bottom = Math.max(0, top - BLOCKS_SHOWN);
  return (
    <div class="row pages">
      <button type="button" disabled={top >= height} onClick={() => onTop(top + BLOCKS_SHOWN)}>
        Newer blocks
      </button>
      <button type="button" disabled={bottom === 0} onClick={() => onTop(bottom)}>
        Older blocks
      </button>
      <span class="small muted">
        {whole(bottom)} … {whole(top - 1)} of {whole(height)}
      </span>
    </div>
  );
}
