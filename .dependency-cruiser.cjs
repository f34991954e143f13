/** Import directions of the rooms (ARCHITECTURE.md). tests/arch asserts that modules were really read. */
const room = (path) => `^src/${path}/`;

/** room → what it may import beside itself. */
const mayImport = {
  core: [],
  protocol: ["core"],
  oauth: ["core"],
  store: ["core"],
  connect: ["store", "oauth", "protocol", "core"],
  sync: ["store", "oauth", "protocol", "core"],
  inbox: ["store", "protocol", "core"],
  api: ["connect", "sync", "inbox", "store", "oauth", "protocol", "core"],
};

const directions = Object.entries(mayImport).map(([from, to]) => ({
  name: `${from}-imports-only-${to.join("-") || "itself"}`,
  severity: "error",
  from: { path: room(from), pathNot: "\\.test\\.ts$" },
  to: { path: "^(src|web|sandbox|tests|tools|bench)/", pathNot: [from, ...to].map(room) },
}));

module.exports = {
  forbidden: [
    ...directions,
    {
      name: "inbox-knows-no-wire",
      comment: "inbox/ uses protocol/mime; of the wire it knows types alone.",
      severity: "error",
      from: { path: room("inbox"), pathNot: "\\.test\\.ts$" },
      to: { path: "^src/protocol/(imap|smtp|net)/" },
    },
    {
      name: "web-knows-the-generated-client-only",
      severity: "error",
      from: { path: "^web/" },
      to: { path: "^(src|sandbox|tests|tools)/" },
    },
    {
      name: "sandbox-stands-alone",
      severity: "error",
      from: { path: "^sandbox/" },
      to: { path: "^(src|web|tools)/" },
    },
    {
      name: "nobody-imports-the-sandbox",
      severity: "error",
      from: { path: "^(src|web)/" },
      to: { path: "^sandbox/" },
    },
    {
      name: "ui-knows-nothing-of-the-app",
      severity: "error",
      from: { path: "^web/ui/" },
      to: { path: "^web/(?!ui/)" },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(gen|dist)/" },
    tsPreCompilationDeps: true,
    parser: "swc",
    enhancedResolveOptions: { extensions: [".ts", ".tsx", ".js", ".json"] },
  },
};
