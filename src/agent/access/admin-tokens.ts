/** Who may do what: bearer tokens with roles, of which only digests are kept. */
import { createHash, timingSafeEqual } from "node:crypto";
import { HearsayError } from "../../core/errors.ts";
import { secretLines } from "../secret-lines.ts";

/** Each may do what the one before may. */
export const adminRoles = ["read", "write", "admin"] as const;
export type AdminRole = (typeof adminRoles)[number];

/** A token as its owner knows it. */
export interface GivenToken {
  readonly role: AdminRole;
  readonly token: string;
}

/** Tokens an agent takes at once. [because: each request is compared with all of them] */
const TOKENS_MAX_COUNT = 100;
/** Shortest token that is taken without a warning. [because: 16 bytes, as base64url] */
const TOKEN_MIN_LENGTH = 22;

export class AdminTokens {
  private readonly listeners: (() => void)[] = [];
  private known: readonly { readonly role: AdminRole; readonly digest: Buffer }[] = [];

  /** @throws HearsayError CONFIG_OPTION */
  constructor(tokens: readonly GivenToken[] = []) {
    this.replace(tokens);
  }

  get isEmpty(): boolean {
    return this.known.length === 0;
  }

  /**
   * From now on these and no others.
   * @throws HearsayError CONFIG_OPTION
   */
  replace(tokens: readonly GivenToken[]): void {
    if (tokens.length > TOKENS_MAX_COUNT) {
      const detail = `${tokens.length} tokens are given, but ${TOKENS_MAX_COUNT} are taken`;
      throw new HearsayError("CONFIG_OPTION", `${detail}; remove some.`);
    }
    if (tokens.some(({ token }) => /\s/.test(token) || token === "")) {
      throw new HearsayError("CONFIG_OPTION", "A token is empty or holds a space; make another.");
    }
    this.known = tokens.map(({ role, token }) => ({ role, digest: digestOf(token) }));
    for (const listener of this.listeners) listener();
  }

  /** Called when others count than before: what was begun with one of those may be over. */
  onReplaced(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** The most that `token` allows; undefined when it is none of ours. */
  roleOf(token: string): AdminRole | undefined {
    const digest = digestOf(token);
    let found: AdminRole | undefined;
    // All are compared, each in the same time for every guess: nothing tells how near one was.
    for (const one of this.known) {
      if (timingSafeEqual(one.digest, digest) && isAllowed(one.role, found)) found = one.role;
    }
    return found;
  }
}

/** Whether who has `given` may do what `wanted` is needed for. Undefined: nothing is needed. */
export function isAllowed(given: AdminRole, wanted: AdminRole | undefined): boolean {
  return wanted === undefined || adminRoles.indexOf(given) >= adminRoles.indexOf(wanted);
}

/**
 * The tokens of a file: on each line `ROLE TOKEN`, or a token alone, which is an admin's.
 * @throws HearsayError CONFIG_OPTION that names file and line, and not the token
 */
export function readTokenFile(file: string): readonly GivenToken[] {
  return secretLines(file, "admin.tokenFile").map((line, at) => {
    const [first = "", second, ...rest] = line.split(/\s+/);
    if (second === undefined) return { role: "admin", token: first };
    const role = adminRoles.find((one) => one === first);
    if (role !== undefined && rest.length === 0) return { role, token: second };
    const detail = `${file}: entry ${at + 1} must be a role (${adminRoles.join(", ")}) and a token`;
    throw new HearsayError("CONFIG_OPTION", `${detail}.`);
  });
}

/** Tokens that could be guessed, counted. */
export function weakTokensCount(tokens: readonly GivenToken[]): number {
  return tokens.filter(({ token }) => token.length < TOKEN_MIN_LENGTH).length;
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update("hearsay admin token\n").update(token).digest();
}
