/** The organisations and people of the demo. `subject` is what the provider calls them; `role` is a built-in role. */
export const demoOrganisations = [
  {
    slug: "riverbank",
    name: "Riverbank Foods",
    domains: ["river.example"],
    people: [
      { subject: "ada", email: "ada@river.example", name: "Ada Admin", role: "admin" },
      { subject: "dev", email: "dev@river.example", name: "Dev Okoro", role: "developer" },
      { subject: "ana", email: "ana@river.example", name: "Ana Lima", role: "analyst" },
      { subject: "rea", email: "rea@river.example", name: "Rea Novak", role: "reader" },
    ],
  },
  {
    slug: "hillside",
    name: "Hillside Co",
    domains: ["hillside.example"],
    people: [{ subject: "hilde", email: "hilde@hillside.example", name: "Hilde Berg", role: "admin" }],
  },
];

/**
 * More organisations for the end-to-end tests, so that each test has people, a project and a repository of its own.
 * @param {number} count
 */
export function testOrganisations(count) {
  return Array.from({ length: count }, (_, index) => {
    const slug = `test-${index + 1}`;
    const person = (subject, name, role) => ({ subject, email: `${subject}@${slug}.example`, name, role });
    return {
      slug,
      name: `Test Company ${index + 1}`,
      domains: [`${slug}.example`],
      people: [
        person("ada", "Ada Admin", "admin"),
        person("dev", "Dev Okoro", "developer"),
        person("ana", "Ana Lima", "analyst"),
        person("rea", "Rea Novak", "reader"),
      ],
    };
  });
}

export const demoClientId = "millrace";
export const demoWarehouse = { database: "riverbank", user: "riverbank", schema: "riverbank" };

/**
 * What `build/seed.mjs` reads from its standard input, as JSON: organisations with their sign-in connection, people and
 * projects with environments. Secrets are plain here and sealed by the seed. Running it again brings addresses up to date.
 * Every organisation except Hillside gets the sample project, from the repository named after it.
 */
export function seedDocument(
  organisations,
  { issuer, clientSecret, gitUrl, gitToken, duckdbFile, postgresPort, warehousePassword },
) {
  return {
    organisations: organisations.map((organisation) => ({
      ...organisation,
      connection: {
        name: `${organisation.name} sign-in`,
        issuer: issuer(organisation.slug),
        clientId: demoClientId,
        clientSecret,
      },
      projects: hasSample(organisation)
        ? [
            {
              slug: "riverbank",
              name: "Riverbank Foods",
              gitUrl: gitUrl(organisation.slug),
              gitToken,
              defaultBranch: "main",
              subfolder: "",
              environments: demoEnvironments({ duckdbFile, postgresPort, warehousePassword }),
            },
          ]
        : [],
    })),
  };
}

/** The second organisation of the demo has no project: it shows that tenants never meet. */
export function hasSample({ slug }) {
  return slug !== "hillside";
}

function demoEnvironments({ duckdbFile, postgresPort, warehousePassword }) {
  const { database, user, schema } = demoWarehouse;
  return [
    {
      name: "DuckDB",
      adapter: "duckdb",
      target: "dev",
      schema,
      settings: { path: duckdbFile },
      secrets: {},
      threads: 4,
      isDefault: true,
    },
    {
      name: "PostgreSQL",
      adapter: "postgres",
      target: "warehouse",
      schema,
      settings: { host: "127.0.0.1", port: postgresPort, dbname: database, user, sslmode: "disable" },
      secrets: { password: warehousePassword },
      threads: 4,
      isDefault: false,
    },
  ];
}
