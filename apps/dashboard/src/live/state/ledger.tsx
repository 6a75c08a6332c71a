import { useState } from "preact/hooks";
import type {
  LedgerAnswer,
  LedgerBlockAnswer,
  LedgerExportAnswer,
} from "../../../../../src/agent/routes/ledgers.messages.ts";
import { shown, whole } from "../../shared/format.ts";
import { ask } from "../agent-api.ts";
import { asAgentError, usePolled } from "../use-agent.ts";
import { LedgerVerification } from "./ledger-verification.ts";
import { NameForm } from "./name-form.tsx";

const BLOCKS_SHOWN = 8;

/** Signed blocks, and a button that has this browser check all of them itself. */
export function LedgerPanel() {
  const [ledger, setLedger] = useState<string | undefined>(undefined);
  const path = ledger && `v1/ledgers/${encodeURIComponent(ledger)}`;
  const { error, value } = usePolled<LedgerAnswer>(path, 2_000);
  return (
    <section class="panel stack" aria-label="Ledger">
      <div class="panel-head">
        <h2>Ledger</h2>
        <NameForm label="Ledger" placeholder="audit" onName={setLedger} />
      </div>
      {path === undefined || ledger === undefined ? (
        <p class="empty">Name a ledger to see its blocks, and to verify them in this browser.</p>
      ) : value === undefined ? (
        <p class="empty">{error?.message ?? "Asking the agent …"}</p>
      ) : (
        <Chain answer={value} path={path} />
      )}
    </section>
  );
}

interface ChainProps {
  readonly answer: LedgerAnswer;
  readonly path: string;
}

function Chain({ answer, path }: ChainProps) {
  const { height, pendingCount, signers, state, threshold } = answer;
  const numbers = Array.from(
    { length: Math.min(height, BLOCKS_SHOWN) },
    (_, at) => height - 1 - at,
  );
  if (height === 0) {
    return (
      <p class="empty">
        {state}: it begins when all who sign it, the voters of the order, have opened it.
      </p>
    );
  }
  return (
    <>
      <p class="small">
        {state}: {whole(height)} final blocks, {whole(pendingCount)} entries that wait;{" "}
        {threshold ?? "?"} of {signers.length} signers make a block final.
      </p>
      <Verify path={path} />
      <ol class="blocks" reversed start={height - 1}>
        {numbers.map((number) => (
          <Block key={number} path={`${path}/blocks/${number}`} />
        ))}
      </ol>
    </>
  );
}

/** A final block never changes, so it is asked for seldom. */
function Block({ path }: { readonly path: string }) {
  const { value } = usePolled<LedgerBlockAnswer>(path, 600_000);
  if (value === undefined) return <li class="muted">…</li>;
  const { entries, hash, number } = value;
  return (
    <li>
      <b>Block {number}</b> <code>{hash.slice(0, 12)}</code>
      <span class="muted small">
        {" "}
        {number === 0
          ? "says who signs"
          : entries.map((entry) => shown(entry.value).slice(0, 40)).join(" · ")}
      </span>
    </li>
  );
}

function Verify({ path }: { readonly path: string }) {
  const [said, setSaid] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const verify = async (): Promise<void> => {
    setBusy(true);
    try {
      setSaid(await verdictOf(path, setSaid));
    } catch (error) {
      setSaid(asAgentError(error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="row">
      <button type="button" disabled={isBusy} onClick={() => void verify()}>
        Verify in this browser
      </button>
      <span class="small" role="status" data-verdict={said}>
        {said ?? ""}
      </span>
    </div>
  );
}

async function verdictOf(path: string, tell: (text: string) => void): Promise<string> {
  const verification = new LedgerVerification();
  let next: number | undefined = 0;
  while (next !== undefined) {
    const answer: LedgerExportAnswer = await ask(`${path}/export?from=${next}`);
    for (const line of answer.lines) {
      if (!verification.take(line)) break;
    }
    next = verification.verdict.fault === undefined ? answer.next : undefined;
    tell(`${whole(verification.verdict.blocksCount)} blocks verified …`);
  }
  const { blocksCount, fault, head } = verification.verdict;
  if (fault !== undefined) return `✕ Block ${blocksCount} is wrong. ${fault}`;
  const known = `head ${head?.slice(0, 12) ?? "none"}`;
  return `● Valid: ${whole(blocksCount)} blocks, every hash and signature checked; ${known}.`;
}
