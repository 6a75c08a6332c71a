import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import type { AgentStatus, MembersAnswer } from "../../../../src/agent/admin.messages.ts";
import { Brand } from "../shared/brand.tsx";
import { ThemeChoice } from "../shared/theme-choice.tsx";
import { wantsToken } from "./agent-api.ts";
import type { Cluster } from "./cluster.ts";
import { MapView } from "./map/map-view.tsx";
import { MessagesView } from "./messages/messages-view.tsx";
import { StateView } from "./state/state-view.tsx";
import { StatusMark } from "./status-mark.tsx";
import { catchUp, noteMember } from "./timeline/timeline-keeper.ts";
import { TimelineView } from "./timeline/timeline-view.tsx";
import { TokenGate } from "./token-gate.tsx";
import { TrafficView } from "./traffic/traffic-view.tsx";
import { usePolled, useWatch } from "./use-agent.ts";

interface View {
  readonly title: string;
  readonly Page: ComponentType<{ readonly cluster: Cluster }>;
}

const views = {
  map: { title: "Map", Page: MapView },
  messages: { title: "Messages", Page: MessagesView },
  timeline: { title: "Timeline", Page: TimelineView },
  state: { title: "State", Page: StateView },
  traffic: { title: "Traffic", Page: TrafficView },
} as const satisfies Readonly<Record<string, View>>;

type ViewName = keyof typeof views;

const shownView = signal<ViewName>(viewOf(location.hash));
addEventListener("hashchange", () => {
  shownView.value = viewOf(location.hash);
});

function viewOf(hash: string): ViewName {
  const name = hash.slice(1);
  return Object.hasOwn(views, name) ? (name as ViewName) : "map";
}

export function App() {
  const status = usePolled<AgentStatus>("v1/status", 2_000);
  const members = usePolled<MembersAnswer>("v1/members", 2_000);
  const standing = useWatch("members=1", (notice) => {
    // What a watch that begins, or was too slow, has not told is asked for.
    if (notice.kind === "ready") void catchUp(notice.resumed === true ? "same" : "new");
    if (notice.kind === "dropped") void catchUp("same");
    if (notice.kind !== "member") return;
    noteMember(notice);
    members.refresh();
    status.refresh();
  });
  const { Page } = views[shownView.value];
  return (
    <div class="shell">
      <Top status={status.value} isLive={standing === "live" && status.error === undefined} />
      <main id="content" tabIndex={-1}>
        {wantsToken.value ? <TokenGate /> : <Page cluster={{ status, members }} />}
      </main>
    </div>
  );
}

function Top({
  isLive,
  status,
}: {
  readonly isLive: boolean;
  readonly status?: AgentStatus | undefined;
}) {
  return (
    <header class="top">
      <button
        type="button"
        class="skip-link"
        onClick={() => document.getElementById("content")?.focus()}
      >
        Skip to the content
      </button>
      <Brand title="Hearsay" />
      <nav aria-label="Views">
        {(Object.keys(views) as ViewName[]).map((name) => (
          <a
            key={name}
            href={`#${name}`}
            aria-current={shownView.value === name ? "page" : undefined}
          >
            {views[name].title}
          </a>
        ))}
        <a href="./playground">Playground</a>
      </nav>
      <div class="facts">
        {status === undefined ? null : <Facts status={status} />}
        <span class="connection small" role="status">
          <StatusMark status={isLive ? "alive" : "suspect"} />
          {isLive ? "live" : "not connected"}
        </span>
        <ThemeChoice />
      </div>
    </header>
  );
}

function Facts({ status }: { readonly status: AgentStatus }) {
  const { alive, failed, suspect } = status.members;
  return (
    <span class="small">
      <b>{status.name}</b> <span class="muted mono">{status.address}</span> · {alive} alive
      {suspect > 0 ? `, ${suspect} suspect` : ""}
      {failed > 0 ? `, ${failed} failed` : ""}
    </span>
  );
}
