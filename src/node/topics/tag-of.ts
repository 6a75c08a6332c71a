/** The tag of what may be no topic at all: users of plain JavaScript give anything. */
export function tagOf(topic: unknown): string | undefined {
  if (typeof topic !== "object" || topic === null || !("tag" in topic)) return undefined;
  return typeof topic.tag === "string" ? topic.tag : undefined;
}
