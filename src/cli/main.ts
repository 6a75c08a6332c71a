#!/usr/bin/env node
import { processIo } from "./process-io.ts";
import { runCli } from "./run-cli.ts";

const exitGraceMs = 500;

process.exitCode = await runCli(process.argv.slice(2), processIo());
// The loop should be empty by now, and output still on its way leaves first. Should something hold
// the process up all the same, it must not hold up whoever waits for the exit code.
setTimeout(() => process.exit(), exitGraceMs).unref();
