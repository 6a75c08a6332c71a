import { useEffect, useState } from "preact/hooks";
import type { InfoAnswer, InfosAnswer } from "../../../../../src/agent/admin.messages.ts";
import { clipped, counted, duration, shown } from "../../shared/format.ts";
import { usePolled } from "../use-agent.ts";

const INFOS_SHOWN_MAX = 500;

/** The latest write of each key, and how long it still lives. */
export function Infos() {
  const { error, value } = usePolled<InfosAnswer>("v1/infos", 1_500);
  return (
    <section class="panel" aria-label="Infos">
      <div class="panel-head">
        <h2>Infos</h2>
        <span class="muted small">the latest write of each key</span>
      </div>
      {value === undefined ? (
        <p class="empty">{error?.message ?? "Asking the agent …"}</p>
      ) : value.infos.length === 0 ? (
        <p class="empty">
          No info is set. Any node may set one: <code>hearsay info set load:p1 0.3 --ttl 60s</code>
        </p>
      ) : (
        <>
          <InfoTable infos={value.infos.slice(0, INFOS_SHOWN_MAX)} />
          {value.infos.length <= INFOS_SHOWN_MAX ? null : (
            <p class="muted small">
              {counted(value.infos.length - INFOS_SHOWN_MAX, "more info")} not shown:{" "}
              <code>hearsay info ls</code>
            </p>
          )}
        </>
      )}
    </section>
  );
}

function InfoTable({ infos }: { readonly infos: readonly InfoAnswer[] }) {
  const now = useNow(
    infos.some(({ expiresAt }) => expiresAt !== undefined) ? "each second" : "once",
  );
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Key</th>
          <th scope="col">Value</th>
          <th scope="col">Written by</th>
          <th scope="col">Lives for</th>
        </tr>
      </thead>
      <tbody>
        {infos.map(({ clock, expiresAt, from, key, path, value }) => (
          <tr key={key} data-info={key}>
            <td class="mono">{key}</td>
            <td>{clipped(shown(value))}</td>
            <td>
              <bdi>{from}</bdi>
              {path === undefined ? null : (
                <span class="muted"> ({counted(path.hops, "hop")})</span>
              )}
            </td>
            <td>
              {expiresAt === undefined ? (
                <span class="muted">until deleted</span>
              ) : (
                <Life leftMs={expiresAt - now} wholeMs={Math.max(1, expiresAt - clock.ms)} />
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Life({ leftMs, wholeMs }: { readonly leftMs: number; readonly wholeMs: number }) {
  const share = Math.min(1, Math.max(0, leftMs / wholeMs));
  return (
    <span class="life">
      {leftMs <= 0 ? "over" : duration(Math.ceil(leftMs / 1_000) * 1_000)}
      <meter min={0} max={1} value={share} aria-label="share of its life that is left" />
    </span>
  );
}

/** The time, each second while somebody needs it. */
function useNow(pace: "each second" | "once"): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (pace === "once") return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [pace]);
  return now;
}
