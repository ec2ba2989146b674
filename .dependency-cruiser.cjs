/** The layers of Millrace. Each message says why a rule is there and what to do instead. */
const features = "^components/(editor|files|search|results|git|jobs|lineage|catalog|admin|sign-in)/";
const domains =
  "^server/(auth|orgs|policy|projects|files|git|repository|search|sessions|dbt|engines|admin|audit|jobs|production)/";
const tests = "\\.test\\.tsx?$|^server/testing/";

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment:
        "Modules in a circle can only be understood together. Move what both need into a third file, or pass it in.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "front-door",
      comment:
        "Domains meet only through index.ts. Export what you need from the other domain's index.ts, or move it down to core.",
      severity: "error",
      from: { path: "^server/([^/]+)/", pathNot: tests },
      to: { path: domains, pathNot: ["^server/$1/", "^server/[^/]+/index\\.ts$"] },
    },
    {
      name: "contract-is-the-bottom",
      comment: "server/contract is shared with the browser: it may use zod and itself only.",
      severity: "error",
      from: { path: "^server/contract/" },
      to: { pathNot: "^server/contract/|^node_modules/zod/" },
    },
    {
      name: "core-below-everything",
      comment: "server/core may import the contract only. What needs the database or a domain belongs there.",
      severity: "error",
      from: { path: "^server/core/", pathNot: tests },
      to: { path: "^(server|app|components)/", pathNot: "^server/(core|contract)/" },
    },
    {
      name: "db-below-domains",
      comment: "server/db may import core and the contract. Queries with rules in them belong to a domain.",
      severity: "error",
      from: { path: "^server/db/", pathNot: `${tests}|^server/db/seed` },
      to: { path: "^(server|app|components)/", pathNot: "^server/(db|core|contract)/" },
    },
    {
      name: "domains-below-api",
      comment: "A domain does not know who calls it: the API is thin and above. Return a value or throw an AppError.",
      severity: "error",
      from: { path: domains, pathNot: tests },
      to: { path: "^(server/api|app|components)/" },
    },
    {
      name: "server-knows-no-page",
      comment: "The server serves any client. Share types through server/contract.",
      severity: "error",
      from: { path: "^server/" },
      to: { path: "^(app|components)/" },
    },
    {
      name: "components-see-the-contract-only",
      comment:
        "Client code may import server/contract, and the tRPC root as types only: anything else would ship server code to the browser.",
      severity: "error",
      from: { path: "^components/" },
      to: { path: "^server/", pathNot: "^server/contract/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "components-types-of-the-api-only",
      comment: "Even as types, only the contract and the tRPC root are public to client code.",
      severity: "error",
      from: { path: "^components/" },
      to: { path: "^server/", pathNot: "^server/(contract/|api/root\\.ts$)" },
    },
    {
      name: "features-never-meet",
      comment:
        "Feature folders do not import each other: compose them in app/, or move what they share into ui, api or shell.",
      severity: "error",
      from: { path: "^components/([^/]+)/" },
      to: { path: features, pathNot: "^components/$1/" },
    },
    {
      name: "ui-is-a-leaf",
      comment: "components/ui holds stateless leaves. What knows the server or another component is a feature.",
      severity: "error",
      from: { path: "^components/ui/" },
      to: { path: "^(components|server|app)/", pathNot: "^components/ui/" },
    },
    {
      name: "component-front-door",
      comment: "A component folder's public entry is its index.ts. Export it there, or keep it inside.",
      severity: "error",
      from: { path: "^(app|components/([^/]+))/" },
      to: {
        path: "^components/[^/]+/",
        pathNot: ["^components/$2/", "^components/[^/]+/index\\.tsx?$", "^components/shell/appearance\\.ts$"],
      },
    },
    {
      name: "tests-are-not-imported",
      comment: "Product code does not depend on tests.",
      severity: "error",
      from: { pathNot: `${tests}|^e2e/` },
      to: { path: `${tests}|^e2e/` },
    },
    {
      name: "resolvable",
      comment: "This import leads nowhere.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^(monaco-editor/|server-only|client-only|next/)" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(\\.next|build|data|\\.engines|node_modules/\\.cache)" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
      extensions: [".ts", ".tsx", ".mjs", ".js", ".json"],
    },
  },
};
