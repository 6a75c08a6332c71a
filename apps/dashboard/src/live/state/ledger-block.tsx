import { useState } from "preact/hooks";
import type { LedgerBlockAnswer } from "../../../../../src/agent/routes/ledgers.messages.ts";
import { clipped, clockTime, counted, shown } from "../../shared/format.ts";
import { ask } from "../agent-api.ts";
import { asAgentError, usePolled } from "../use-agent.ts";
import { proofText } from "./ledger-proof.ts";
import type { LedgerVerdict } from "./ledger-verification.ts";

/** A final block never changes, so it is asked for seldom. */
const BLOCK_POLL_MS = 600_000;

interface LedgerBlockItemProps {
  /** `v1/ledgers/NAME` */
  readonly path: string;
  readonly number: number;
  readonly chainId: string | undefined;
  /** Of the last verification in this page. */
  readonly verdict: LedgerVerdict | undefined;
}

/** A block; opened, its entries, each of which can be proven to be in it. */
export function LedgerBlockItem({ chainId, number, path, verdict }: LedgerBlockItemProps) {
  const { value } = usePolled<LedgerBlockAnswer>(`${path}/blocks/${number}`, BLOCK_POLL_MS);
  if (value === undefined) return <li class="muted">…</li>;
  const { entries, hash, previousHash, signers } = value;
  const check = checkOf(number, verdict);
  const words = entries.map((entry) => shown(entry.value).slice(0, 40)).join(" · ");
  return (
    <li data-block={number} data-check={check} class={`block is-${check}`}>
      <details>
        <summary>
          <b>Block {number}</b> <code>{hash.slice(0, 12)}</code>
          <span class="check" role="img" aria-label={check}>
            {marks[check]}
          </span>{" "}
          <span class="muted small">{number === 0 ? "says who signs" : clipped(words, 140)}</span>
        </summary>
        <p class="small muted">
          {number === 0 ? "The first" : `After ${previousHash.slice(0, 12)}`}, signed by{" "}
          {counted(signers.length, "signer")}, {clockTime(value.clock.ms)}.
        </p>
        {number === 0 ? null : <Entries path={path} entries={entries} chainId={chainId} />}
      </details>
    </li>
  );
}

type Check = "unchecked" | "valid" | "wrong" | "unreached";

const marks: Readonly<Record<Check, string>> = {
  unchecked: "",
  valid: " ✓",
  wrong: " ✕ wrong",
  unreached: " ? behind what is wrong",
};

function checkOf(number: number, verdict: LedgerVerdict | undefined): Check {
  if (verdict === undefined) return "unchecked";
  if (number < verdict.blocksCount) return "valid";
  if (verdict.fault === undefined) return "unchecked";
  return number === verdict.blocksCount ? "wrong" : "unreached";
}

interface EntriesProps {
  readonly path: string;
  readonly entries: LedgerBlockAnswer["entries"];
  readonly chainId: string | undefined;
}

function Entries({ chainId, entries, path }: EntriesProps) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Entry</th>
          <th scope="col">Value</th>
          <th scope="col">From</th>
          <th scope="col">Proof</th>
        </tr>
      </thead>
      <tbody>
        {entries.map(({ clock, from, index, kind, value }) => (
          <tr key={index} data-ledger-entry={index}>
            <td>{index}</td>
            <td>{kind === "data" ? clipped(shown(value)) : "who signs from here on"}</td>
            <td>
              {from} <span class="muted small">{clockTime(clock.ms)}</span>
            </td>
            <td>
              <Proof path={`${path}/proofs/${index}`} index={index} chainId={chainId} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface ProofProps {
  readonly path: string;
  readonly index: number;
  readonly chainId: string | undefined;
}

function Proof({ chainId, index, path }: ProofProps) {
  const [said, setSaid] = useState("");
  const prove = async (): Promise<void> => {
    try {
      setSaid(proofText(await ask(path), chainId));
    } catch (error) {
      setSaid(asAgentError(error).message);
    }
  };
  return (
    <>
      <button
        type="button"
        class="inline"
        aria-label={`Prove entry ${index}`}
        onClick={() => void prove()}
      >
        prove
      </button>{" "}
      <span class="small" role="status">
        {said}
      </span>
    </>
  );
}
