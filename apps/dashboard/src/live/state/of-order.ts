/**
 * What is asked of an agent only if it has an order: the others refuse, and browsers print each
 * refusal as an error. Nothing is asked while the agent's status has not said.
 */
export function ofOrder(path: string, engine: string | undefined): string | undefined {
  return engine === undefined || engine === "none" ? undefined : path;
}
