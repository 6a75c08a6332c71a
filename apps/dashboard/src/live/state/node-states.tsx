import type { StateAnswer, StatesAnswer } from "../../../../../src/agent/routes/state.messages.ts";
import { clipped, counted, shown } from "../../shared/format.ts";
import { usePolled } from "../use-agent.ts";
import { paceOf } from "./names.ts";

const MEMBERS_SHOWN_MAX = 200;

/** What each node says of itself, as this one has heard it. */
export function NodeStates() {
  const { error, value } = usePolled<StatesAnswer>("v1/state", paceOfStates);
  const members = byMember(value?.states ?? []);
  return (
    <section class="panel" aria-label="Node states">
      <div class="panel-head">
        <h2>Node states</h2>
        {members.length === 0 ? null : (
          <span class="muted small">of {counted(members.length, "node")}</span>
        )}
      </div>
      <p class="small muted what">What each node says of itself, and it alone writes.</p>
      {value === undefined ? (
        <p class="empty">{error?.message ?? "Asking the agent …"}</p>
      ) : members.length === 0 ? (
        <p class="empty">
          No node says anything of itself: <code>hearsay state set role db</code>
        </p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <section class="scroll tall" tabIndex={0} aria-label="All node states">
          <table>
            <thead>
              <tr>
                <th scope="col">Node</th>
                <th scope="col">Says of itself</th>
              </tr>
            </thead>
            <tbody>
              {members.slice(0, MEMBERS_SHOWN_MAX).map(([member, states]) => (
                <MemberRow key={member} member={member} states={states} />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

function paceOfStates({ states }: StatesAnswer): number {
  return paceOf(states.length, 1_500);
}

function byMember(states: readonly StateAnswer[]): (readonly [string, readonly StateAnswer[]])[] {
  const grouped = new Map<string, StateAnswer[]>();
  for (const state of states) {
    const known = grouped.get(state.member);
    if (known === undefined) grouped.set(state.member, [state]);
    else known.push(state);
  }
  return [...grouped];
}

interface MemberRowProps {
  readonly member: string;
  readonly states: readonly StateAnswer[];
}

function MemberRow({ member, states }: MemberRowProps) {
  return (
    <tr data-state-of={member}>
      <th scope="row">{member}</th>
      <td>
        <dl class="pairs">
          {states.map(({ dot, key, value }) => (
            <div key={key} title={`version ${dot.seq} of the life ${dot.origin}`}>
              <dt class="mono">{key}</dt>
              <dd>{clipped(shown(value), 120)}</dd>
            </div>
          ))}
        </dl>
      </td>
    </tr>
  );
}
