import { useState } from "preact/hooks";
import type { EverywhereAnswer } from "../../../../../src/agent/routes/certificates.messages.ts";
import { pathSegment } from "../../../../../src/core/path-name.ts";
import { clipped, clockTime, counted, duration, shown } from "../../shared/format.ts";
import { ask } from "../agent-api.ts";
import { asAgentError } from "../use-agent.ts";
import { isAskable } from "./names.ts";
import type { ShownInfo } from "./vanished-infos.ts";

/** How long a certificate is waited for. */
const WAIT_MS = 3_000;
const RUNNING_OUT_MS = 10_000;

interface InfoRowProps {
  readonly shown: ShownInfo;
  readonly now: number;
}

export function InfoRow({ now, shown: { gone, info } }: InfoRowProps) {
  const { clock, dot, expiresAt, from, key, path, value } = info;
  return (
    <tr data-info={key} class={gone === undefined ? "fresh" : "gone"}>
      <td class="mono">{key}</td>
      <td>{clipped(shown(value))}</td>
      <td>
        <bdi>{from}</bdi>
        {path === undefined ? null : <span class="muted"> ({counted(path.hops, "hop")})</span>}
        {dot === undefined ? null : (
          <div class="muted small" title={`version ${dot.origin}:${dot.seq}`}>
            write {dot.seq}, {clockTime(clock.ms)}
          </div>
        )}
      </td>
      <td>
        {gone !== undefined ? (
          <b>{gone.how}</b>
        ) : expiresAt === undefined ? (
          <span class="muted">until deleted</span>
        ) : (
          <Life leftMs={expiresAt - now} wholeMs={Math.max(1, expiresAt - clock.ms)} />
        )}
      </td>
      <td>{gone === undefined && isAskable(key) ? <WhoHasIt name={key} /> : null}</td>
    </tr>
  );
}

function Life({ leftMs, wholeMs }: { readonly leftMs: number; readonly wholeMs: number }) {
  const share = Math.min(1, Math.max(0, leftMs / wholeMs));
  return (
    <span class={leftMs < RUNNING_OUT_MS ? "life life-short" : "life"}>
      {leftMs <= 0 ? "over" : duration(Math.ceil(leftMs / 1_000) * 1_000)}
      <meter min={0} max={1} value={share} aria-label="share of its life that is left" />
    </span>
  );
}

/** A certificate of the key's latest write: who holds it, and how that is known. */
function WhoHasIt({ name }: { readonly name: string }) {
  const [said, setSaid] = useState<string | undefined>(undefined);
  const look = async (): Promise<void> => {
    setSaid("asking all …");
    try {
      const path = `v1/infos/${pathSegment(name)}/everywhere?timeoutMs=${WAIT_MS}`;
      setSaid(textOf(await ask<EverywhereAnswer>(path)));
    } catch (error) {
      setSaid(asAgentError(error).message);
    }
  };
  return (
    <span class="who">
      <button
        type="button"
        class="inline"
        aria-label={`Is ${name} everywhere?`}
        onClick={() => void look()}
      >
        everywhere?
      </button>
      <span class="small" role="status">
        {said ?? ""}
      </span>
    </span>
  );
}

const whys: Readonly<Record<EverywhereAnswer["missing"][number]["why"], string>> = {
  unseen: "has not seen it",
  unheld: "does not hold it",
  closed: "takes no part",
  silent: "is silent",
  unreachable: "is unreachable",
  absent: "is not there",
};

function textOf({ everywhere, evidence, missing }: EverywhereAnswer): string {
  const count = evidence.length + missing.length;
  if (everywhere) return `● all ${count} hold it`;
  const names = missing.slice(0, 3).map(({ name, why }) => `${name} ${whys[why]}`);
  const more = missing.length > names.length ? " …" : "";
  return `✕ ${evidence.length} of ${count} hold it: ${names.join(", ")}${more}`;
}
