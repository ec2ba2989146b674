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
 * More organisations for the end-to-end tests: `count` of them, so that a test may have people, a project and a repository of
 * its own, and one whose `count` sets of four people share a project, for tests that change nothing but their own workspace.
 * @param {number} count
 */
export function testOrganisations(count) {
  if (count === 0) return [];
  const own = Array.from({ length: count }, (_, index) => ({
    slug: `test-${index + 1}`,
    name: `Test Company ${index + 1}`,
    domains: [`test-${index + 1}.example`],
    people: fourPeople(`test-${index + 1}.example`),
  }));
  const people = Array.from({ length: count }, (_, index) => fourPeople("together.example", `-${index + 1}`)).flat();
  return [...own, { slug: "together", name: "Together Company", domains: ["together.example"], people }];
}

/** An administrator, a developer, an analyst and a reader. */
function fourPeople(domain, suffix = "") {
  const person = (subject, name, role) => ({
    subject: `${subject}${suffix}`,
    email: `${subject}${suffix}@${domain}`,
    name,
    role,
  });
  return [
    person("ada", "Ada Admin", "admin"),
    person("dev", "Dev Okoro", "developer"),
    person("ana", "Ana Lima", "analyst"),
    person("rea", "Rea Novak", "reader"),
  ];
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
