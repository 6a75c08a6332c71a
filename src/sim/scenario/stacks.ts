import { assert } from "../../core/assert.ts";
import { HearsayError } from "../../core/errors.ts";
import { exchanges } from "../../exchange/catalog.ts";
import { peerProtocols } from "../../peers/catalog.ts";
import { bareSwim } from "./bare-swim.ts";
import { composedStack } from "./composed-stack.ts";
import { invalid, type JsonFields } from "./json-fields.ts";
import type { StackBuilder, StackKind } from "./running-stack.ts";
import type { Given, ProtocolChoice, Scenario } from "./scenario.ts";

/** Every combination of protocols that a scenario can run. Adding one is a file and a line here. */
export const stackCatalog = { node: composedStack, swim: bareSwim } as const satisfies Readonly<
  Record<string, StackKind>
>;

/** Protocols by their names in the catalogs; a whole node when nothing is said. */
export function readProtocols(fields: JsonFields): ProtocolChoice {
  const peers = fields.oneOf("peers", Object.keys(peerProtocols), "swim");
  const exchange = fields.has("exchange")
    ? fields.list("exchange").map(({ value, path }) => readExchange(value, path))
    : composedStack.exchange;
  const fallback = exchange.length === 0 ? "memberlist" : "serf";
  const wire = fields.oneOf("wire", ["serf", "memberlist"], fallback);
  fields.refuseOthers();
  const choice = { peers, wire, exchange };
  if (findStack(choice) !== undefined) return choice;
  const rule = `a combination that exists: ${Object.values(stackCatalog).map(words).join("; or ")}`;
  throw invalid("protocols", choice, rule);
}

export function stackOf(choice: ProtocolChoice): StackKind {
  const stack = findStack(choice);
  assert(stack !== undefined, "the choice was read by readProtocols");
  return stack;
}

/** @throws HearsayError CONFIG_OPTION, SCENARIO_INVALID for options of what does not run. */
export function prepareStack(
  scenario: Pick<Scenario, "protocols" | "profile" | "options" | "form" | "nodes">,
): StackBuilder {
  const { form, nodes, options, profile, protocols } = scenario;
  const stack = stackOf(protocols);
  refuseForeign(stack, options);
  if (!stack.begins.includes(form.begin)) {
    throw invalid("form.begin", form.begin, `${stack.begins.join(" or ")} with these protocols`);
  }
  const known = form.begin === "join" ? [] : Array.from({ length: nodes }, (_, at) => nameOf(at));
  return stack.prepare(profile, options)({ wire: protocols.wire, known });
}

/** What a node is called, by its number. */
export function nameOf(index: number): string {
  return `n${index}`;
}

function refuseForeign(stack: StackKind, options: Readonly<Record<string, Given>>): void {
  const foreign = Object.keys(options).find((slice) => !stack.slices.includes(slice));
  if (foreign === undefined) return;
  const known = `Known here: ${stack.slices.join(", ")}.`;
  throw new HearsayError("SCENARIO_INVALID", `options.${foreign} is no slice that runs. ${known}`);
}

function readExchange(value: unknown, path: string): string {
  const names = Object.keys(exchanges);
  const found = names.find((name) => name === value);
  if (found !== undefined) return found;
  throw invalid(path, value, `one of ${names.join(", ")}`);
}

function findStack({ exchange, peers, wire }: ProtocolChoice): StackKind | undefined {
  return Object.values(stackCatalog).find(
    (stack: StackKind) =>
      stack.peers === peers &&
      stack.wires.includes(wire) &&
      stack.exchange.length === exchange.length &&
      stack.exchange.every((name) => exchange.includes(name)),
  );
}

function words({ exchange, peers, wires }: StackKind): string {
  return `peers ${peers}, wire ${wires.join(" or ")}, exchange [${exchange.join(", ")}]`;
}
