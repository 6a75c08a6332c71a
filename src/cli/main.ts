#!/usr/bin/env node
import { rememberSignals } from "./early-signals.ts";

const exitGraceMs = 500;
const args = process.argv.slice(2);

// Before anything else is loaded: whoever minds an agent may reload or end it at any moment.
if (args[0] === "agent") rememberSignals();
const [{ processIo }, { runCli }] = await Promise.all([
  import("./process-io.ts"),
  import("./run-cli.ts"),
]);
process.exitCode = await runCli(args, processIo());
// The loop should be empty by now, and output still on its way leaves first. Should something hold
// the process up all the same, it must not hold up whoever waits for the exit code.
setTimeout(() => process.exit(), exitGraceMs).unref();
