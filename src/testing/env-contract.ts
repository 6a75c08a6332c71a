import { addressKey } from "../core/address.ts";
import { assert } from "../core/assert.ts";
import type { ExchangeId } from "../core/env.ts";
import { Bench, type EnvRig, mountPassenger, note } from "./env-bench.ts";
import { assertEqual, type MaybePromise, type TestApi } from "./test-api.ts";

/** How much earlier than asked a timer may fire: the clocks of a machine differ by a rounding. */
const EARLY_MS = 1;

function draws(env: { readonly random: { uint32(): number } }): number[] {
  return Array.from({ length: 8 }, () => env.random.uint32());
}

/**
 * What every host of protocols keeps (DESIGN section 3). `make` is called once for each test.
 */
export function envContract(api: TestApi, name: string, make: () => MaybePromise<EnvRig>): void {
  function test(what: string, body: (bench: Bench) => MaybePromise<void>): void {
    api.test(what, async () => {
      const rig = await make();
      try {
        const bench = new Bench(rig);
        await body(bench);
        assertEqual(
          [...bench.a.interruptions, ...bench.b.interruptions],
          [],
          "calls during a call",
        );
      } finally {
        await rig.close();
      }
    });
  }
  api.describe(`env contract: ${name}`, () => {
    sendTests(test);
    timerTests(test);
    clearTests(test);
    exchangeTests(test);
    stepTests(test);
    clockAndDiceTests(test);
  });
}

type Test = (what: string, body: (bench: Bench) => MaybePromise<void>) => void;

function sendTests(test: Test): void {
  test("send only queues, and the message arrives after the step", async (bench) => {
    const { a, b, rig } = bench;
    bench.stepA(() => a.env.send(rig.b.address, note("hello")));
    await bench.until(() => b.log.length > 0, "the message");
    assertEqual(b.log, ["message hello"], "what arrived");
    const from = b.from === undefined ? "" : addressKey(b.from);
    assertEqual(from, addressKey(rig.a.address), "the sender's address");
  });

  test("an answer sent from within onMessage arrives too", async (bench) => {
    const { a, b, rig } = bench;
    b.react = () => b.env.send(rig.a.address, note("answer"));
    bench.stepA(() => a.env.send(rig.b.address, note("question")));
    await bench.until(() => a.log.length > 0, "the answer");
    assertEqual(a.log, ["message answer"], "what arrived");
  });

  test("a send to nobody harms nobody", async (bench) => {
    const { a, b, rig } = bench;
    bench.stepA(() => {
      a.env.send(rig.nowhere, note("lost"));
      a.env.send(rig.b.address, note("found"));
    });
    await bench.until(() => b.log.length > 0, "the other message");
    assertEqual([a.log, b.log], [[], ["message found"]], "what arrived");
  });
}

function timerTests(test: Test): void {
  test("setTimer only queues, even for no delay", async (bench) => {
    const { a } = bench;
    bench.stepA(() => a.env.setTimer("now", 0));
    await bench.until(() => a.log.length > 0, "the timer");
    assertEqual(a.log, ["timer now"], "what fired");
  });

  test("timers fire once, in order of time, those of one time as they were set", async (bench) => {
    const { a } = bench;
    bench.stepA(() => {
      for (const delayMs of [60, 20, 40]) a.env.setTimer(`${delayMs}`, delayMs);
      for (const word of ["first", "second", "third"]) a.env.setTimer(word, 50);
    });
    await bench.until(() => a.log.length >= 6, "the last timer");
    await bench.rig.pass(50);
    const expected = ["20", "40", "first", "second", "third", "60"].map((one) => `timer ${one}`);
    assertEqual(a.log, expected, "the order");
  });

  test("no timer fires before its time", async (bench) => {
    const { a } = bench;
    const begunMs = a.env.now();
    bench.stepA(() => a.env.setTimer("late", 40));
    await bench.until(() => a.log.length > 0, "the timer");
    const tookMs = (a.firedAtMs[0] ?? 0) - begunMs;
    assert(tookMs >= 40 - EARLY_MS, `a timer of 40 ms fired after ${tookMs} ms`);
  });
}

function clearTests(test: Test): void {
  test("a cleared timer does not fire, even if one of the same time clears it", async (bench) => {
    const { a } = bench;
    bench.stepA(() => {
      const gone = a.env.setTimer("cleared", 10);
      a.env.setTimer("clearing", 20);
      const doomed = a.env.setTimer("doomed", 20);
      a.env.setTimer("last", 30);
      a.env.clearTimer(gone);
      a.env.clearTimer(gone);
      a.react = (what) => {
        if (what === "timer clearing") a.env.clearTimer(doomed);
      };
    });
    await bench.until(() => a.log.includes("timer last"), "the last timer");
    assertEqual(a.log, ["timer clearing", "timer last"], "what fired");
  });

  test("clearing a timer that fired does nothing to those set later", async (bench) => {
    const { a } = bench;
    let fired = a.env.setTimer("one", 0);
    await bench.until(() => a.log.length === 1, "the first timer");
    bench.stepA(() => {
      a.env.setTimer("two", 10);
      a.env.clearTimer(fired);
    });
    await bench.until(() => a.log.length === 2, "the second timer");
    fired = a.env.setTimer("three", 0);
    a.env.clearTimer(fired);
    await bench.rig.pass(30);
    assertEqual(a.log, ["timer one", "timer two"], "what fired");
  });
}

function exchangeTests(test: Test): void {
  test("an exchange brings the reply, once and after the step", async (bench) => {
    const { a, b, rig } = bench;
    const ids: ExchangeId[] = [];
    bench.stepA(() => ids.push(a.env.exchange(rig.b.address, note("q"), 1_000)));
    bench.stepA(() => ids.push(a.env.exchange(rig.b.address, note("hush"), 1_000)));
    await bench.until(() => a.outcomes.length >= 2, "both outcomes");
    await rig.pass(50);
    const outcomes = new Map(a.outcomes);
    assertEqual(
      ids.map((id) => outcomes.get(id)),
      ["reply re q", "reply none"],
      "the outcomes",
    );
    assertEqual(a.outcomes.length, 2, "how many outcomes");
    assertEqual([...b.log].sort(), ["request hush", "request q"], "what the other was asked");
  });

  test("an exchange with nobody fails, once, at the latest by its deadline", async (bench) => {
    const { a, rig } = bench;
    const begunMs = a.env.now();
    bench.stepA(() => a.env.exchange(rig.nowhere, note("q"), 300));
    await bench.until(() => a.outcomes.length > 0, "the failure");
    assert(a.env.now() - begunMs < 1_000, "the failure came long after the deadline");
    await rig.pass(400);
    const found = a.outcomes.map(([, what]) => what);
    assert(
      found.length === 1 && ["unreachable", "timeout", "closed"].includes(found[0] ?? ""),
      `one failure expected, found ${found.join(", ")}`,
    );
  });
}

function stepTests(test: Test): void {
  test("a step returns and throws what its body does, and inside a step it just runs", (bench) => {
    const { host } = bench.rig.a;
    assertEqual(
      host.step(() => host.step(() => 7)),
      7,
      "the value of nested steps",
    );
    let caught = "";
    try {
      host.step(() => {
        throw new Error("mine");
      });
    } catch (error) {
      caught = error instanceof Error ? error.message : "";
    }
    assertEqual(caught, "mine", "the error of a step");
    assertEqual(
      host.step(() => "alive"),
      "alive",
      "a step after one that threw",
    );
  });

  test("what is said after the step is said last, and at once outside of one", (bench) => {
    const { host } = bench.rig.a;
    const said: string[] = [];
    host.step(() => {
      host.afterStep(() => said.push("last"));
      host.step(() => host.afterStep(() => said.push("very last")));
      said.push("first");
    });
    host.afterStep(() => said.push("at once"));
    assertEqual(said, ["first", "last", "very last", "at once"], "the order");
  });

  test("what a mounted protocol sends is carried when it has returned", async (bench) => {
    const { a, b, rig } = bench;
    const carried: string[] = [];
    const passenger = mountPassenger(rig.a.host, "passenger", (to, message) => {
      carried.push(`${to} ${message}`);
      a.env.send(rig.b.address, note(message));
    });
    rig.a.host.step(() => {
      passenger.env.send("b", "parcel");
      assertEqual(carried, [], "what was carried before the protocol returned");
    });
    await bench.until(() => b.log.length > 0, "the parcel");
    assertEqual([carried, b.log], [["b parcel"], ["message parcel"]], "what was carried");
  });

  test("a mounted protocol has timers of its own", async (bench) => {
    const passenger = mountPassenger(bench.rig.a.host, "passenger", () => {});
    passenger.env.setTimer("mine", 10);
    bench.stepA(() => bench.a.env.setTimer("yours", 10));
    const isDone = (): boolean => bench.a.log.length + passenger.log.length >= 2;
    await bench.until(isDone, "both timers");
    assertEqual([bench.a.log, passenger.log], [["timer yours"], ["mine"]], "what fired where");
  });
}

function clockAndDiceTests(test: Test): void {
  test("the clock does not go back, and the wall clock shows whole milliseconds", async (bench) => {
    const { env } = bench.a;
    const seen = [env.now()];
    for (let count = 0; count < 5; count += 1) {
      await bench.rig.pass(4);
      seen.push(env.now());
    }
    assertEqual(
      [...seen].sort((x, y) => x - y),
      seen,
      "the readings in order",
    );
    assert((seen.at(-1) ?? 0) - (seen[0] ?? 0) >= 10, "the clock stands still");
    assert(Number.isSafeInteger(env.wallClock()), `wall clock ${env.wallClock()}`);
  });

  test("each channel of each node has dice of its own", (bench) => {
    const { a, b, rig } = bench;
    const one = mountPassenger(rig.a.host, "one", () => {});
    const other = mountPassenger(rig.a.host, "other", () => {});
    const streams = [a.env, b.env, one.env, other.env].map((env) => draws(env).join());
    assertEqual(new Set(streams).size, 4, "how many different sequences");
  });

  test("a packet has room, and the node has a name", ({ a, b }) => {
    assert(a.env.packetMaxBytes >= 500, `packetMaxBytes ${a.env.packetMaxBytes}`);
    assert(a.env.self !== b.env.self, "both nodes have the same name");
  });
}
