import { expect, test } from "vitest";
import { errorCodes, HearsayError } from "./errors.ts";

test("an error carries its code, its fix, its cause and whether it is definite", () => {
  const cause = new Error("EADDRINUSE");
  const error = new HearsayError("BIND_FAILED", "Port 7946 is taken; choose another bind.", {
    cause,
  });
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe("HearsayError");
  expect(error.code).toBe("BIND_FAILED");
  expect(error.definite).toBe(true);
  expect(error.cause).toBe(cause);
  expect(error.message).toBe("[BIND_FAILED] Port 7946 is taken; choose another bind.");
  expect(new HearsayError("TIMEOUT", "waited 5 s").definite).toBe(false);
});

test("the table is alphabetical and every entry says what it means in a sentence", () => {
  const codes = Object.keys(errorCodes);
  expect(codes).toEqual([...codes].sort());
  for (const [code, entry] of Object.entries(errorCodes)) {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(entry.doc, code).toMatch(/^[A-Z].{10,}\.$/);
  }
});
