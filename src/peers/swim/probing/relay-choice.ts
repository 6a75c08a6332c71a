import type { SwimMember } from "../swim.contract.ts";
import type { SwimContext } from "../swim-context.ts";

/**
 * Who is asked to probe a silent member: alive, and well as far as is known. Those who say that
 * they are busy would be late, and are asked when there are too few others.
 */
export function pickHelpers(context: SwimContext, target: SwimMember): readonly SwimMember[] {
  const { env, health, identity, members, options } = context;
  const count = options.indirectChecksCount;
  const busy = new Set<string>();
  const isHelper = (member: SwimMember): boolean =>
    member.status === "alive" && member.name !== identity.name && member.name !== target.name;
  const draw = { random: env.random, drawsMax: members.size };
  const well = members.pick({
    ...draw,
    count,
    accept: (member) => {
      if (!isHelper(member)) return false;
      if (!health.isDegraded(member.name)) return true;
      busy.add(member.name);
      return false;
    },
  });
  if (well.length >= count || busy.size === 0) return well;
  const accept = ({ name }: SwimMember): boolean => busy.has(name);
  return [...well, ...members.pick({ ...draw, count: count - well.length, accept })];
}
