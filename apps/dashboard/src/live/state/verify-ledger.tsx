import { useEffect, useRef, useState } from "preact/hooks";
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
  const leaving = useRef(new AbortController());
  useEffect(() => () => leaving.current.abort(), []);
  const verify = async (): Promise<void> => {
    setBusy(true);
    onVerdict(undefined);
    try {
      const verdict = await verdictOf(path, { tell: setSaid, signal: leaving.current.signal });
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

interface Listener {
  readonly tell: (text: string) => void;
  /** Nobody looks any more. */
  readonly signal: AbortSignal;
}

/** A signature takes milliseconds: between blocks the page is let do what else it has to. */
async function verdictOf(path: string, { signal, tell }: Listener): Promise<LedgerVerdict> {
  const verification = new LedgerVerification();
  let next: number | undefined = 0;
  while (next !== undefined) {
    const answer: LedgerExportAnswer = await ask(`${path}/export?from=${next}`, { signal });
    for (const line of answer.lines) {
      signal.throwIfAborted();
      if (!verification.take(line)) break;
      await nextTask();
    }
    next = verification.verdict.fault === undefined ? answer.next : undefined;
    tell(`${counted(verification.verdict.blocksCount, "block")} verified …`);
  }
  return verification.verdict;
}

/** By a message: timers that follow each other are held back by four milliseconds. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

function textOf({ blocksCount, fault, head }: LedgerVerdict): string {
  if (fault !== undefined) return `✕ Block ${blocksCount} is wrong. ${fault}`;
  const blocks = counted(blocksCount, "block");
  const known = head?.slice(0, 12) ?? "none";
  return `● Valid: ${blocks}, every hash and signature checked; head ${known}.`;
}
