/** What one setting of an agent is, wherever it is given: file, variable or flag. */
import { z } from "zod";

/** How a setting is written where there is only text. */
type Form = "text" | "number" | "list" | "pairs";

export interface Setting<T = unknown> {
  readonly schema: z.ZodType<T>;
  readonly form: Form;
  /** Ends the sentence "must be …". */
  readonly rule: string;
  /** As commander reads it: `--join <host:port>`. */
  readonly flag: string;
  /** Its own variable, where the one made of the key would not do. */
  readonly variable?: string;
  readonly doc: string;
  /** Never shown, not even when it is wrong. */
  readonly isSecret?: true;
  /** Followed by an agent that runs, when it reads its configuration again. */
  readonly isLive?: true;
}

/** What the makers of settings below are told. */
type About = Pick<Setting, "flag" | "doc" | "variable" | "isSecret" | "isLive">;

/** Longest text of a setting. [because: a file of a few lines a member is far below] */
const TEXT_MAX_LENGTH = 4_096;
/** Longest list of a setting. [because: a thousand addresses are a matter for DNS] */
const LIST_MAX_COUNT = 1_000;

const anyText = z.string().min(1).max(TEXT_MAX_LENGTH);

export function text(about: About, rule = "a text"): Setting<string> {
  return { schema: anyText, form: "text", rule, ...about };
}

export function whole(min: number, max: number, about: About): Setting<number> {
  const schema = z.number().int().min(min).max(max);
  return { schema, form: "number", rule: `a whole number from ${min} to ${max}`, ...about };
}

export function choice<const Name extends string>(
  names: readonly [Name, ...Name[]],
  about: About,
): Setting<Name> {
  const doc = `${about.doc} (${names.join(", ")})`;
  return {
    schema: z.enum(names),
    form: "text",
    rule: `one of ${names.join(", ")}`,
    ...about,
    doc,
  };
}

export function list(about: About, rule = "a list of texts"): Setting<readonly string[]> {
  return { schema: z.array(anyText).max(LIST_MAX_COUNT), form: "list", rule, ...about };
}

/** A list of texts that are read further: `problemOf` says what is wrong of one, if anything is. */
export function checkedList(
  problemOf: (text: string) => string | undefined,
  about: About,
  rule = "a list of texts",
): Setting<readonly string[]> {
  const plain = list(about, rule);
  const schema = plain.schema.superRefine((given, context) => {
    for (const [at, text] of given.entries()) {
      const problem = problemOf(text);
      if (problem === undefined) continue;
      context.addIssue({ code: "custom", message: `entry ${at + 1} ${problem}` });
    }
  });
  return { ...plain, schema };
}

/** What stands for a secret where a configuration is printed. */
export const SECRET_MASK = "***";

/** Texts that are never shown; what was printed in their place is none of them. */
export function secrets(about: About & { readonly variable: string }): Setting<readonly string[]> {
  const problemOf = (text: string): string | undefined => {
    if (text !== SECRET_MASK) return undefined;
    const fix = `put the secret there, or take the line away and give it by ${about.variable}`;
    return `is what --print-config shows in place of a secret; ${fix}`;
  };
  return checkedList(problemOf, { ...about, isSecret: true });
}

export function choices<const Name extends string>(
  names: readonly Name[],
  about: About,
): Setting<readonly Name[]> {
  const schema = z.array(z.enum(names)).max(LIST_MAX_COUNT);
  return {
    schema,
    form: "list",
    rule: `a list of some of ${names.join(", ")}`,
    ...about,
    doc: `${about.doc} (${names.join(", ")})`,
  };
}

export type Pairs = Readonly<Record<string, string>>;

const pairsSchema = z.record(
  anyText,
  z.union([z.string().max(TEXT_MAX_LENGTH), z.number().transform(String)]),
);

export function pairs(about: About): Setting<Pairs> {
  const rule = "names with a text each, as name=value";
  return { schema: pairsSchema, form: "pairs", rule, ...about };
}

/** Pairs that are read further: `problemOf` says what is wrong of one, if anything is. */
export function readPairs(
  problemOf: (name: string, text: string) => string | undefined,
  rule: string,
  about: About,
): Setting<Pairs> {
  const schema = pairsSchema.superRefine((given, context) => {
    for (const [name, text] of Object.entries(given)) {
      const message = problemOf(name, text);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    }
  });
  return { schema, form: "pairs", rule, ...about };
}
