import type { Hono } from "hono";
import { HearsayError } from "../../core/errors.ts";
import type { HearsayNode, Member, MemberStatus } from "../../node/api.ts";
import { tokenIn } from "../access/admin-guard.ts";
import { keyId } from "../access/key-id.ts";
import type {
  AgentStatus,
  KeyringAnswer,
  MembersAnswer,
  NearAnswer,
  ReplicasAnswer,
  WhyAnswer,
} from "../admin.messages.ts";
import type { AdminContext } from "../admin-app.ts";
import { pathName } from "./path-names.ts";

/** The routes that change nothing. */
export function addReadRoutes(app: Hono, shared: AdminContext): void {
  const { node, tokens, watchers } = shared;
  const order = engineOf(node);
  app.get("/v1/status", (context) => context.json({ ...statusOf(shared), order }));
  app.get("/v1/members", (context) => {
    const answer: MembersAnswer = { local: node.name, members: [...node.members] };
    return context.json(answer);
  });
  app.get("/v1/members/:name/near", (context) => {
    const { name } = knownMember(shared, pathName(context, "name"));
    const answer: NearAnswer = { from: name, near: node.members.near(name) };
    return context.json(answer);
  });
  app.get("/v1/members/:name/why", (context) => {
    const member = knownMember(shared, pathName(context, "name"));
    const evidence = node.members.why(member.name);
    const answer: WhyAnswer = { name: member.name, status: member.status, evidence };
    return context.json(answer);
  });
  app.get("/v1/view", (context) => context.json(node.view()));
  app.get("/v1/metrics", (context) =>
    context.json({ ...node.metrics(), watchClientsCount: watchers.count }),
  );
  app.get("/v1/keyring", (context) => context.json(keyringOf(shared)));
  app.get("/v1/replicas", (context) => {
    const answer: ReplicasAnswer = { replicas: node.replicas.list(context.req.query("name")) };
    return context.json(answer);
  });
  app.get("/v1/watch", (context) => {
    const isReader = tokens.roleOf(tokenIn(context.req.raw.headers)) === "read";
    return watchers.answer(context, isReader ? "reader" : "writer");
  });
}

/** @throws HearsayError MEMBER_UNKNOWN */
export function knownMember(shared: AdminContext, name: string): Member {
  const member = shared.node.members.get(name);
  if (member !== undefined) return member;
  throw new HearsayError(
    "MEMBER_UNKNOWN",
    `This node knows no member ${JSON.stringify(name)}; see its members with: hearsay members`,
  );
}

export function keyringOf(shared: AdminContext): KeyringAnswer {
  const keys = shared.node.keyring.list();
  return { keys: keys.map((key, at) => ({ id: keyId(key), primary: at === 0 })) };
}

function statusOf(shared: AdminContext): Omit<AgentStatus, "order"> {
  const { node, version, startedAt } = shared;
  const members: Record<MemberStatus, number> = {
    alive: 0,
    suspect: 0,
    leaving: 0,
    left: 0,
    failed: 0,
  };
  for (const member of node.members) members[member.status] += 1;
  return {
    name: node.name,
    address: node.address,
    origin: node.origin,
    version,
    pid: process.pid,
    startedAt,
    members,
    keys: node.keyring.list().length,
  };
}

/** What lives in an order is refused without one: who would ask for it can know before. */
function engineOf(node: HearsayNode): string {
  try {
    return node.order.status().engine;
  } catch (error) {
    if (error instanceof HearsayError && error.code === "CONFIG_OPTION") return "none";
    throw error;
  }
}
