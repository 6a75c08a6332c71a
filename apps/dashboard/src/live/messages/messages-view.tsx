import { useState } from "preact/hooks";
import type { Notice, PublishAnswer } from "../../../../../src/agent/admin.messages.ts";
import { pathSegment } from "../../../../../src/core/path-name.ts";
import { clipped, clockTime, shown, typedValue } from "../../shared/format.ts";
import { type AgentError, tell } from "../agent-api.ts";
import { asAgentError, useWatch } from "../use-agent.ts";
import { JourneyView } from "./journey-view.tsx";

/** A message as it is listed: of a long one only the beginning is kept. */
type Message = Omit<Extract<Notice, { readonly kind: "message" }>, "value"> & {
  readonly text: string;
};

const MESSAGES_MAX = 200;

export function MessagesView() {
  const [topic, setTopic] = useState("greetings");
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const [followed, setFollowed] = useState<PublishAnswer | undefined>(undefined);
  const standing = useWatch(`topic=${encodeURIComponent(topic)}`, (notice) => {
    if (notice.kind !== "message") return;
    const { value, ...rest } = notice;
    const message = { ...rest, text: clipped(shown(value)) };
    setMessages((before) => [message, ...before].slice(0, MESSAGES_MAX));
  });
  return (
    <>
      <div class="page-head">
        <h1>Messages</h1>
        <p>
          Publish a message to a topic and see how it travels: each node that hears it tells a few
          others, so that soon all have it.
        </p>
      </div>
      <div class="two">
        <div class="stack">
          <PublishForm topic={topic} onTopic={setTopic} onPublished={setFollowed} />
          <JourneyView followed={followed} />
        </div>
        <section class="panel" aria-label="Messages that arrived">
          <div class="panel-head">
            <h2>Arrived here</h2>
            <span class="muted small" role="status">
              {standing === "live" ? `listening to ${topic}` : "connecting …"}
            </span>
          </div>
          {messages.length === 0 ? (
            <p class="empty">
              No message of “{topic}” has arrived yet. Publish one here, or on any node:{" "}
              <code>hearsay publish {topic} '"hello"'</code>
            </p>
          ) : (
            <Arrivals messages={messages} onFollow={setFollowed} />
          )}
        </section>
      </div>
    </>
  );
}

interface PublishFormProps {
  readonly topic: string;
  readonly onTopic: (topic: string) => void;
  readonly onPublished: (answer: PublishAnswer) => void;
}

function PublishForm({ onPublished, onTopic, topic }: PublishFormProps) {
  const [text, setText] = useState("hello");
  const [error, setError] = useState<AgentError | undefined>(undefined);
  const publish = async (): Promise<void> => {
    try {
      const path = `v1/publish/${pathSegment(topic)}`;
      onPublished(await tell<PublishAnswer>("POST", path, { value: typedValue(text) }));
      setError(undefined);
    } catch (failure) {
      setError(asAgentError(failure));
    }
  };
  return (
    <form
      class="panel stack"
      onSubmit={(event) => {
        event.preventDefault();
        void publish();
      }}
    >
      <div class="row">
        <label class="field">
          <span>Topic</span>
          <input
            required
            value={topic}
            onChange={(event) => onTopic(event.currentTarget.value.trim() || "greetings")}
          />
        </label>
        <label class="field grow">
          <span>Message, as text or JSON</span>
          <input value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        <button type="submit" class="primary">
          Publish and follow
        </button>
      </div>
      {error === undefined ? null : (
        <p class="note bad" role="alert">
          {error.message}
        </p>
      )}
    </form>
  );
}

interface ArrivalsProps {
  readonly messages: readonly Message[];
  readonly onFollow: (answer: PublishAnswer) => void;
}

function Arrivals({ messages, onFollow }: ArrivalsProps) {
  return (
    <div class="member-list scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">From</th>
            <th scope="col">Message</th>
            <th scope="col">
              <span class="hidden-text">Action</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {messages.map(({ at, dot, from, text, topic }) => (
            <tr key={`${dot.origin} ${dot.seq} ${topic}`} class="fresh" data-message={text}>
              <td class="mono muted">{clockTime(at)}</td>
              <td>{from}</td>
              <td>{text}</td>
              <td>
                <button
                  type="button"
                  class="inline"
                  aria-label={`Follow message ${dot.seq} of ${from}`}
                  onClick={() => onFollow({ topic, dot, durable: false })}
                >
                  follow
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
