import { type Command, InvalidArgumentError, Option } from "commander";
import type { LogFormat } from "../../agent/agent-log.ts";
import { type SensorName, sensorNames } from "../../agent/sensors.ts";
import { type CliIo, printJson, printLine } from "../cli-io.ts";
import { addCommand, collect, collectPair, type JsonFlag, wholeNumber } from "../command.ts";
import { addInfoNetworkOptions, type InfoNetworkFlags } from "../info-network-flags.ts";

type Level = "debug" | "info" | "warn" | "error";
type Pairs = Readonly<Record<string, string>>;

export interface AgentFlags extends JsonFlag, InfoNetworkFlags {
  readonly name?: string;
  readonly bind?: string;
  readonly advertise?: string;
  readonly join?: readonly string[];
  readonly joinMin?: number;
  readonly tag?: Pairs;
  readonly key?: readonly string[];
  readonly label?: string;
  readonly dataDir?: string;
  readonly voters?: readonly string[];
  readonly orderGroup?: string;
  readonly orderStorage?: "disk" | "memory";
  readonly profile?: "lan" | "wan" | "local" | "swift";
  readonly wire?: "serf" | "memberlist";
  readonly overlay?: "rings" | "hyparview";
  readonly answer?: Pairs;
  readonly swim?: Pairs;
  readonly aggregate?: readonly SensorName[];
  readonly history?: readonly string[];
  readonly causal?: readonly string[];
  readonly admin?: string;
  readonly token?: string;
  readonly logLevel: Level;
  readonly log?: LogFormat;
}

export function addAgent(program: Command, io: CliIo): void {
  const command = addCommand(program, {
    usage: "agent",
    summary: "run one node until it is told to leave",
    examples: [
      "hearsay agent --name a",
      "hearsay agent --name b --bind 127.0.0.1:7947 --join 127.0.0.1:7946 --admin 127.0.0.1:7981",
    ],
    notes:
      "SIGINT (Ctrl-C) or SIGTERM: the node tells the others that it leaves, then ends; a\n" +
      "second one ends it at once. Prefer the variables HEARSAY_KEY and HEARSAY_TOKEN to the\n" +
      "options: other users of this machine can see a command line.",
  });
  addNodeOptions(command);
  addInfoNetworkOptions(command);
  addAdminOptions(command);
  command.action(async (flags: AgentFlags) => {
    const { runAgentCommand } = await import("../agent-command.ts");
    await runAgentCommand(flags, {
      io,
      onReady: (ready) => {
        if (flags.json) return printJson(io, ready);
        printLine(io, `${ready.name} listens on ${ready.address}, admin API at ${ready.admin}`);
      },
    });
  });
}

function addNodeOptions(command: Command): void {
  command
    .option("--name <name>", "unique in the cluster (default: host name and a suffix)")
    .option("--bind <host:port>", "where to listen, UDP and TCP (default: 127.0.0.1:7946)")
    .option("--advertise <host:port>", "address told to others (default: where it is bound)")
    .option("--join <host:port>", "a node of the cluster (repeatable)", collect)
    .option("--join-min <n>", "fail to start unless so many answer", wholeNumber(0, 100))
    .option("--tag <name=value>", "a tag that others see (repeatable)", collectPair)
    .addOption(
      new Option("--key <base64>", "encrypts packets (repeatable; the first one seals)")
        .argParser(collect)
        .env("HEARSAY_KEY"),
    )
    .option("--label <label>", "keeps clusters apart that share a network")
    .option("--data-dir <path>", "where name, counters and known members survive a restart")
    .addOption(new Option("--profile <name>", "timing").choices(["lan", "wan", "local", "swift"]))
    .addOption(new Option("--wire <name>", "whom to speak with").choices(["serf", "memberlist"]))
    .addOption(
      new Option("--overlay <name>", "what trees stand on").choices(["rings", "hyparview"]),
    )
    .option("--voters <names>", "order by Raft: its first voters, as a,b,c (see order)", namesOf)
    .option("--order-group <name>", "what the group of --voters is called (default: main)")
    .addOption(
      new Option("--order-storage <where>", "where it is kept").choices(["disk", "memory"]),
    )
    .option("--history <topic[=n]>", "keep the past of a topic, n messages (repeatable)", collect)
    .option("--causal <topic[=group]>", "tell a topic in causal order (repeatable)", collect)
    .addOption(
      new Option("--aggregate <sensor>", "take part in an aggregate (repeatable)").argParser(
        collectSensor,
      ),
    )
    .option("--answer <query=text>", "answer to a query of this name (repeatable)", collectPair)
    .option("--swim <name=value>", "override one number of SWIM (repeatable)", collectPair);
}

function collectSensor(text: string, before: readonly SensorName[] = []): readonly SensorName[] {
  const name = sensorNames.find((one) => one === text);
  if (name !== undefined) return [...before, name];
  throw new InvalidArgumentError(`It is one of ${sensorNames.join(", ")}.`);
}

function namesOf(text: string): readonly string[] {
  return text.split(",").map((name) => name.trim());
}

function addAdminOptions(command: Command): void {
  command
    .option("--admin <host:port>", "where the admin API listens (default: 127.0.0.1:7980)")
    .addOption(
      new Option("--token <token>", "asked of clients; required unless --admin is loopback").env(
        "HEARSAY_TOKEN",
      ),
    )
    .addOption(
      new Option("--log-level <level>", "what to log on stderr")
        .choices(["debug", "info", "warn", "error"])
        .default("info"),
    )
    .addOption(
      new Option("--log <format>", "how (default: text on a terminal, else json)").choices([
        "json",
        "text",
      ]),
    );
}
