import { useState } from "preact/hooks";
import type { LedgerExportAnswer } from "../../../../../src/agent/routes/ledgers.messages.ts";
import { counted } from "../../shared/format.ts";
import { ask } from "../agent-api.ts";
import { asAgentError } from "../use-agent.ts";
import { type LedgerVerdict, LedgerVerification } from "./ledger-verification.ts";

interface VerifyLedgerProps {
  /** `v1/ledgers/NAME` */
  readonly path: string;
  readonly onVerdict: (verdict: LedgerVerdict | undefined) => void;
}

/** Fetches all blocks and checks every hash and signature in this page. */
export function VerifyLedger({ onVerdict, path }: VerifyLedgerProps) {
  const [said, setSaid] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const verify = async (): Promise<void> => {
    setBusy(true);
    onVerdict(undefined);
    try {
      const verdict = await verdictOf(path, setSaid);
      onVerdict(verdict);
      setSaid(textOf(verdict));
    } catch (error) {
      setSaid(asAgentError(error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="row">
      <button type="button" class="primary" disabled={isBusy} onClick={() => void verify()}>
        Verify in this browser
      </button>
      <span class="small" role="status" data-verdict={said}>
        {said ?? "every hash and signature, by the code that nodes run"}
      </span>
    </div>
  );
}

async function verdictOf(path: string, tell: (text: string) => void): Promise<LedgerVerdict> {
  const verification = new LedgerVerification();
  let next: number | undefined = 0;
  while (next !== undefined) {
    const answer: LedgerExportAnswer = await ask(`${path}/export?from=${next}`);
    for (const line of answer.lines) {
      if (!verification.take(line)) break;
    }
    next = verification.verdict.fault === undefined ? answer.next : undefined;
    tell(`${counted(verification.verdict.blocksCount, "block")} verified …`);
  }
  return verification.verdict;
}

function textOf({ blocksCount, fault, head }: LedgerVerdict): string {
  if (fault !== undefined) return `✕ Block ${blocksCount} is wrong. ${fault}`;
  const blocks = counted(blocksCount, "block");
  const known = head?.slice(0, 12) ?? "none";
  return `● Valid: ${blocks}, every hash and signature checked; head ${known}.`;
}
