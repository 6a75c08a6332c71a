/**
 * Who may import whom (docs/ARCHITECTURE.md has the picture). Run by `scripts/fences.ts`, which
 * also fails when no module was seen. Each comment says what to do instead.
 */
import { builtinModules } from "node:module";
import type {
  ICruiseOptions,
  IReachabilityForbiddenRuleType,
  IRegularForbiddenRuleType,
} from "dependency-cruiser";

type FenceRule = (IRegularForbiddenRuleType | IReachabilityForbiddenRuleType) & {
  readonly name: string;
  readonly comment: string;
};

const TESTS = "[.]test[.]ts$";
const WIRE = "[.]wire[.]ts$";
/** Of an order outside: the machine, but not what it speaks through. */
const ORDERER = "^src/orderer/(?!etcd3/|etcd[.]ts$|etcd-engine[.]ts$)";
const NODE = `^(node:)?(${builtinModules.join("|")})$`;
const PURE = `^src/(core|peers|exchange|data|raft)/|${ORDERER}`;
const layer = (name: string): string => `^src/${name}/`;

/** What `from` may import of src; tests may import anything, and wire files also the codecs. */
const only = (from: string, to: readonly string[], comment: string): FenceRule => ({
  name: `${from}-imports-only-${to.join("-") || "itself"}`,
  comment,
  severity: "error",
  from: { path: layer(from), pathNot: `${TESTS}|${WIRE}` },
  to: { path: "^src/", pathNot: [from, ...to].map(layer) },
});

const MOVE_DOWN = "Move what is shared down into core, or take it as a constructor argument.";

export const fenceRules: FenceRule[] = [
  only("core", [], "core stands alone: pass what you need in, or move the code up a layer."),
  only("peers", ["core"], `peers knows only core. ${MOVE_DOWN}`),
  only("exchange", ["core", "peers"], `exchange knows core and peers' contracts. ${MOVE_DOWN}`),
  only("data", ["core", "exchange"], `data knows core and exchange's contracts. ${MOVE_DOWN}`),
  only("raft", ["core", "peers"], `raft knows core and peers' contracts. ${MOVE_DOWN}`),
  only(
    "orderer",
    ["core", "node"],
    `orderer knows core, and what a node's engine is. ${MOVE_DOWN}`,
  ),
  {
    name: "orderer-machine-imports-only-core",
    comment: "What keeps an order outside runs in a simulator: etcd-engine.ts joins it to a node.",
    severity: "error",
    from: { path: ORDERER, pathNot: TESTS },
    to: { path: "^src/", pathNot: [layer("core"), ORDERER] },
  },
  {
    name: "layers-meet-at-interfaces",
    comment:
      "A layer sees the one below by its interface file alone (peers/peer-view.ts, " +
      "exchange/replica.ts …): take a PeerView or Replica as argument, not a class of a slice.",
    severity: "error",
    from: { path: "^src/(exchange|data|raft)/", pathNot: `${TESTS}|${WIRE}` },
    to: { path: "^src/(peers|exchange)/[^/]+/", pathNot: "^src/$1/" },
  },
  {
    name: "siblings-are-strangers",
    comment:
      "Two slices of a layer do not know each other: say what you need in a contract file of " +
      "your own slice, or of the layer's folder, and let src/node/compose.ts join the two.",
    severity: "error",
    from: { path: "^src/(peers|exchange|data|transport)/([^/]+)/", pathNot: TESTS },
    to: { path: "^src/$1/[^/]+/", pathNot: "^src/$1/$2/" },
  },
  {
    name: "protocols-touch-no-platform",
    comment:
      "Pure layers run in a simulator and a browser: clocks, sockets and randomness come through " +
      "Env. Put bytes into *.wire.ts, text into core/text.ts, platform code into src/node.",
    severity: "error",
    from: { path: PURE, pathNot: `${TESTS}|${WIRE}` },
    to: { dependencyTypes: ["core", "npm", "npm-dev", "npm-optional", "npm-peer"] },
  },
  {
    name: "wire-files-meet-codecs-only",
    comment: "A *.wire.ts maps messages to bytes: it sees its slice, core, src/wire and no more.",
    severity: "error",
    from: { path: `^src/(peers|exchange|data|raft)/.*${WIRE}` },
    to: {
      path: "^src/(node|sim|transport|storage|agent|cli|testing|adapters|raft|orderer)/",
      pathNot: "^src/$1/",
    },
  },
  {
    name: "machines-know-no-bytes",
    comment: "A machine speaks messages: let the host in src/node call the codec.",
    severity: "error",
    from: { path: PURE, pathNot: `${TESTS}|${WIRE}` },
    to: { path: WIRE },
  },
  {
    name: "generated-code-stays-at-the-edge",
    comment: "Generated types are the wire, never the model: import them in a *.wire.ts only.",
    severity: "error",
    from: { path: "^src/", pathNot: `${WIRE}|[.]wire[.]test[.]ts$|^src/wire/` },
    to: { path: "^src/wire/gen/" },
  },
  {
    name: "edges-import-core-and-messages",
    comment:
      "wire, transport and storage serve any protocol: they see core and *.messages.ts, and no " +
      "machine. Turn it round: let the host in src/node join the machine to the edge.",
    severity: "error",
    from: { path: "^src/(wire|transport|storage)/", pathNot: TESTS },
    to: { path: "^src/", pathNot: ["^src/$1/", layer("core"), "[.]messages[.]ts$"] },
  },
  {
    name: "sim-never-transport",
    comment: "The simulator is a host of its own: its network is src/sim/network.ts.",
    severity: "error",
    from: { path: layer("sim"), pathNot: TESTS },
    to: { path: layer("transport") },
  },
  {
    name: "sim-runs-in-a-browser",
    comment: "No Node import may reach the simulator: take what you need as an argument.",
    severity: "error",
    from: { path: layer("sim"), pathNot: TESTS },
    to: { dependencyTypes: ["core"] },
  },
  {
    name: "playground-reaches-no-node",
    comment:
      "What a browser runs must not come to Node by any detour: take what needs it as an " +
      "argument, or leave the experiment out of portable.ts.",
    severity: "error",
    from: { path: "^src/sim/(playground/|experiments/portable[.]ts$)", pathNot: TESTS },
    to: { path: NODE, reachable: true },
  },
  {
    name: "library-knows-no-program",
    comment: "agent and cli stand above the library: nothing below may import them.",
    severity: "error",
    from: { path: "^src/", pathNot: `^src/(agent|cli)/|${TESTS}` },
    to: { path: "^src/(agent|cli)/" },
  },
  only(
    "agent",
    ["node", "core", "orderer"],
    "agent is a user of a node: call the API of src/node.",
  ),
  only("cli", ["agent", "sim", "core"], "cli talks to an agent or a simulation, by their API."),
  {
    name: "only-programs-load-their-libraries",
    comment:
      'What agent and CLI need at run time is loaded by them alone, so that `import "hearsay"` ' +
      "stays small: move this code into src/agent or src/cli.",
    severity: "error",
    from: { path: "^src/", pathNot: `^src/(agent|cli)/|${TESTS}` },
    to: { path: "node_modules/(@hono|hono|pino|commander|picocolors|cli-table3|zod|prom-client)/" },
  },
  {
    name: "grpc-is-loaded-when-asked-for",
    comment:
      "An optional package of those nodes alone that speak gRPC: take what loadGrpc resolves to, " +
      "and import types alone.",
    severity: "error",
    from: { path: "^src/", pathNot: `/load-grpc[.]ts$|-rig[.]ts$|${TESTS}` },
    to: { path: "node_modules/@grpc/", dependencyTypesNot: ["type-only"] },
  },
  {
    name: "etcd3-is-loaded-when-asked-for",
    comment: "An optional package: take what loadEtcd3 resolves to, and import types alone.",
    severity: "error",
    from: { path: "^src/", pathNot: `/load-etcd3[.]ts$|${TESTS}` },
    to: { path: "node_modules/etcd3/", dependencyTypesNot: ["type-only"] },
  },
  {
    name: "pages-are-built-of-the-pure",
    comment:
      "A page runs in a browser: it takes machines of the pure layers and the simulator, and of " +
      "the agent only the types of its messages.",
    severity: "error",
    from: { path: "^apps/", pathNot: TESTS },
    to: {
      path: "^src/",
      pathNot: ["^src/(core|peers|exchange|data|raft|sim)/"],
      dependencyTypesNot: ["type-only"],
    },
  },
  {
    name: "pages-see-messages-of-the-agent",
    comment: "The admin API is what a page knows of an agent: import its *.messages.ts.",
    severity: "error",
    from: { path: "^apps/", pathNot: TESTS },
    to: { path: "^src/(node|agent|cli)/", pathNot: "^src/agent/.*[.]messages[.]ts$" },
  },
  {
    name: "nobody-imports-pages",
    comment: "Pages stand above all else: move what is shared into src.",
    severity: "error",
    from: { path: "^src/" },
    to: { path: "^apps/" },
  },
  {
    name: "adapters-use-the-public-api",
    comment: "An adapter is a user like any other: import src/index.ts.",
    severity: "error",
    from: { path: layer("adapters"), pathNot: TESTS },
    to: { path: "^src/", pathNot: ["^src/adapters/", "^src/index[.]ts$", layer("testing")] },
  },
  {
    name: "sources-need-no-dev-dependency",
    comment: "Users do not have our dev dependencies: move it to dependencies, or do without.",
    severity: "error",
    from: { path: "^src/", pathNot: `-rig[.]ts$|${TESTS}` },
    to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only", "npm-peer"] },
  },
  {
    name: "tests-are-not-imported",
    comment: "A test is imported by nobody: put what two tests share into a file of its own.",
    severity: "error",
    from: {},
    to: { path: TESTS },
  },
  {
    name: "everything-resolves",
    comment: "No such file or package: mend the path, or add the package to package.json.",
    severity: "error",
    from: { path: "^src/" },
    to: { couldNotResolve: true },
  },
  {
    name: "no-circular",
    comment: "Two files that need each other are one idea or three: merge them or split one off.",
    severity: "error",
    from: { path: "^(src|apps)/" },
    to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
  },
];

export const fenceOptions: ICruiseOptions = {
  doNotFollow: { path: "node_modules" },
  tsPreCompilationDeps: true,
  combinedDependencies: false,
  enhancedResolveOptions: {
    exportsFields: ["exports"],
    conditionNames: ["import", "types", "node", "default"],
    extensions: [".ts", ".tsx", ".js", ".d.ts"],
  },
};
