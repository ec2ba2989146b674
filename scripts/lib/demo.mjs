import { join } from "node:path";
import { demoOrganisations, demoWarehouse, hasSample, seedDocument, testOrganisations } from "../demo/definition.mjs";
import { copyRepository, ensureRepository } from "../demo/repository.mjs";
import { ensureWarehouse } from "../demo/warehouse.mjs";
import { stablePorts } from "./ports.mjs";
import { ensureDatabase } from "./postgres.mjs";
import { startDemoServices } from "./services.mjs";

/** The demo's own ports, chosen once per data folder. */
export function demoPorts(paths, environment = process.env) {
  return stablePorts(
    join(paths.demo, "ports.json"),
    [
      { name: "postgres", variable: "MILLRACE_POSTGRES_PORT", what: "the embedded PostgreSQL", first: 54329 },
      { name: "oidc", variable: "MILLRACE_DEMO_OIDC_PORT", what: "the demo's identity provider", first: 3901 },
      { name: "git", variable: "MILLRACE_DEMO_GIT_PORT", what: "the demo's Git server", first: 3911 },
    ],
    { environment },
  );
}

/**
 * Builds and starts the demo world on a running PostgreSQL: sample repository, both warehouses, provider and Git server.
 * @returns {Promise<object>} the document for the seed
 */
export async function startDemo(
  paths,
  supervisor,
  steps,
  { python, postgres, keys, ports, baseUrls, environment = process.env },
) {
  const repositories = join(paths.demo, "repositories");
  const organisations = [
    ...demoOrganisations,
    ...testOrganisations(Number(environment.MILLRACE_TEST_ORGANISATIONS ?? 0)),
  ];
  await steps.step("Sample repository", async () => {
    let note = "unchanged";
    const [first, ...others] = organisations.filter(hasSample).map(({ slug }) => join(repositories, `${slug}.git`));
    ({ note } = await ensureRepository(first, join(paths.root, "e2e", "sample-project")));
    for (const bare of others) copyRepository(first, bare);
    return { note };
  });
  const duckdb = await steps.step("Warehouses", async (say) => {
    const warehouse = (adapter, title, options = {}) =>
      ensureWarehouse(paths, { adapter, python, say: (text) => say(`${title}: ${text}`), ...options });
    const postgresWarehouse = async () => {
      await ensureDatabase(postgres.url("postgres"), { ...demoWarehouse, password: keys.warehousePassword });
      const { port, identity } = postgres;
      return warehouse("postgres", "PostgreSQL", { postgres: { port, password: keys.warehousePassword, identity } });
    };
    // Side by side: each waits for dbt's start and for its database half of the time.
    const built = await Promise.allSettled([warehouse("duckdb", "DuckDB"), postgresWarehouse()]);
    const failed = built.find(({ status }) => status === "rejected");
    if (failed) throw failed.reason;
    const [file, tables] = built.map(({ value }) => value);
    return { ...file, note: `DuckDB ${file.note}; PostgreSQL ${tables.note}` };
  });
  await steps.step("Identity provider and Git server", async () => {
    await startDemoServices(paths, supervisor, {
      ports,
      input: {
        organisations,
        oidcPort: ports.oidc,
        gitPort: ports.git,
        keysFile: join(paths.demo, "provider-keys.json"),
        repositories,
        baseUrls,
        clientSecret: keys.clientSecret,
        gitToken: keys.gitToken,
      },
    });
    return { note: `127.0.0.1:${ports.oidc} and :${ports.git}` };
  });
  return seedDocument(organisations, {
    issuer: (slug) => `http://127.0.0.1:${ports.oidc}/${slug}`,
    clientSecret: keys.clientSecret,
    gitUrl: (slug) => `http://127.0.0.1:${ports.git}/${slug}.git`,
    gitToken: keys.gitToken,
    duckdbFile: duckdb.file,
    postgresPort: ports.postgres,
    warehousePassword: keys.warehousePassword,
  });
}
