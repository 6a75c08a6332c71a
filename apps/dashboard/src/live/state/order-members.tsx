import type { OrderAnswer } from "../../../../../src/agent/routes/order.messages.ts";
import { duration, whole } from "../../shared/format.ts";

/** Where its leader hears nothing of a voter for so long, it is told as silent. */
const SILENT_MS = 2_000;

interface MemberLine {
  readonly name: string;
  readonly role: "voter" | "learner";
  readonly isLeader: boolean;
  readonly match: number | undefined;
  readonly commit: number | undefined;
  /** In ms; undefined of who says it, and where it is not known. */
  readonly heardMs: number | undefined;
  readonly sending: string | undefined;
}

/** Voters and learners, and how far each is, where this node leads and so knows. */
export function OrderMembers({
  order,
  self,
}: {
  readonly order: OrderAnswer;
  readonly self: string | undefined;
}) {
  const { isLeader, leader, log } = order;
  const lines = linesOf(order, self);
  return (
    <div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Members of the order">
        <table>
          <thead>
            <tr>
              <th scope="col">Member</th>
              <th scope="col">Role</th>
              <th scope="col">Has the log up to</th>
              <th scope="col">Knows as committed</th>
              <th scope="col">Heard of</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <Line key={line.name} line={line} lastIndex={log?.lastIndex} />
            ))}
          </tbody>
        </table>
      </section>
      {isLeader || log === undefined ? null : (
        <p class="small muted">
          How far the others are only {leader ?? "a leader"} knows: see its dashboard, or{" "}
          <code>hearsay order status</code> there.
        </p>
      )}
    </div>
  );
}

interface LineProps {
  readonly line: MemberLine;
  readonly lastIndex: number | undefined;
}

function Line({ lastIndex, line }: LineProps) {
  const { commit, heardMs, isLeader, match, name, role, sending } = line;
  const isSilent = heardMs !== undefined && heardMs > SILENT_MS;
  const unknown = <span class="muted">?</span>;
  return (
    <tr data-order-member={name}>
      <th scope="row">
        {name}
        {isLeader ? <span class="badge">leader</span> : null}
      </th>
      <td>{role}</td>
      <td>
        {match === undefined ? (
          unknown
        ) : (
          <span class="life">
            {whole(match)}
            {lastIndex === undefined ? null : (
              <meter
                min={0}
                max={Math.max(1, lastIndex)}
                value={match}
                aria-label={`${match} of ${lastIndex}`}
              />
            )}
            {sending === undefined || sending === "replicate" ? null : (
              <span class="muted small">{sending}</span>
            )}
          </span>
        )}
      </td>
      <td>{commit === undefined ? unknown : whole(commit)}</td>
      <td>
        {heardMs === undefined ? (
          <span class="muted">{match === undefined ? "?" : "itself"}</span>
        ) : (
          <span class={isSilent ? "silent" : ""}>{`${duration(Math.round(heardMs))} ago`}</span>
        )}
      </td>
    </tr>
  );
}

function linesOf(
  { leader, learners, log, voters }: OrderAnswer,
  self: string | undefined,
): MemberLine[] {
  const followers = new Map(log?.followers?.map((one) => [one.name, one]));
  const roles = [
    ...voters.map((name) => ({ name, role: "voter" as const })),
    ...learners.map((name) => ({ name, role: "learner" as const })),
  ];
  return roles.map(({ name, role }): MemberLine => {
    const follower = followers.get(name);
    const isLeader = name === leader;
    const isSelf = name === self;
    return {
      name,
      role,
      isLeader,
      match: isSelf ? log?.lastIndex : follower?.matchIndex,
      commit: isSelf ? log?.commitIndex : follower?.commitIndex,
      heardMs: follower?.heardMs,
      sending: follower?.sending,
    };
  });
}
