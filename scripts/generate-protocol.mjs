/**
 * Generates the worker's Python types, and the tables that both sides read, from the TypeScript contract, so that the two
 * languages cannot drift apart.
 *
 *   node scripts/generate-protocol.mjs           writes server/worker/millrace_worker/protocol/{types,schemas}.py
 *   node scripts/generate-protocol.mjs --check   exits 1 when they are stale
 */
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "server/worker/millrace_worker/protocol");
const header = '"""Generated from server/contract by scripts/generate-protocol.mjs. Do not edit."""\n';

/** What the worker receives, and so validates at run time. */
const validated = ["Hello", "TemplateFrame", "CredentialsFrame", "QueryFrame", "Request"];

async function loadContract() {
  const entry = ["worker", "rows", "dbt", "errors", "policy", "lint"]
    .map((name) => `export * as ${name} from ${JSON.stringify(join(root, "server/contract", `${name}.ts`))};`)
    .concat('export { z } from "zod";')
    .join("\n");
  const bundle = await build({
    stdin: { contents: entry, resolveDir: root, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
  });
  const source = Buffer.from(bundle.outputFiles[0].contents).toString("base64");
  return import(`data:text/javascript;base64,${source}`);
}

const pascal = (name) =>
  name
    .split("-")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");
const upperSnake = (name) => name.replace(/([A-Z])/g, "_$1").toUpperCase();

/** JSON schemas by Python name, with `$ref` between them. */
function namedSchemas(contract) {
  const { z } = contract;
  const registry = z.registry();
  const seen = new Set();
  const aliases = [];
  const add = (id, schema) => {
    if (seen.has(id)) return;
    seen.add(id);
    const known = registry.get(schema);
    if (known) aliases.push([id, known.id]);
    else registry.add(schema, { id });
  };
  const modules = [contract.worker, contract.rows, contract.dbt, contract.errors];
  for (const module of modules)
    for (const [name, value] of Object.entries(module))
      if (name.endsWith("Schema") && value?.def) add(pascal(name.slice(0, -"Schema".length)), value);
  add("PreviewLimits", contract.policy.previewLimitsSchema);
  for (const [method, schema] of Object.entries(contract.worker.resultSchemas)) add(`${pascal(method)}Result`, schema);
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => id, io: "output" });
  const roots = Object.keys({ ...contract.worker, ...contract.rows, errorBodySchema: null })
    .filter((name) => name.endsWith("Schema"))
    .map((name) => pascal(name.slice(0, -"Schema".length)))
    .concat(Object.keys(contract.worker.resultSchemas).map((method) => `${pascal(method)}Result`));
  const wanted = reachable(schemas, [...roots.filter((name) => schemas[name]), ...aliases.map(([, name]) => name)]);
  return { schemas: Object.fromEntries([...wanted].map((name) => [name, schemas[name]])), aliases };
}

/** The names and what they refer to, targets first, so that the Python module needs no forward references. */
function reachable(schemas, names) {
  const result = new Set();
  const visit = (name) => {
    if (result.has(name)) return;
    for (const match of JSON.stringify(schemas[name]).matchAll(/"\$ref":"([^"]+)"/g)) visit(match[1]);
    result.add(name);
  };
  [...names].sort().forEach(visit);
  return result;
}

class PythonWriter {
  constructor() {
    this.classes = [];
    this.written = new Set();
  }

  /** The Python type of a JSON schema; objects become TypedDict classes called `name`. */
  type(schema, name) {
    if (schema.$ref !== undefined) return schema.$ref;
    const alternatives = schema.anyOf ?? schema.oneOf;
    if (alternatives) {
      const parts = alternatives.map((part) => this.type(part, name + discriminator(part, alternatives)));
      return [...new Set(parts)].sort((left, right) => (left === "None") - (right === "None")).join(" | ");
    }
    if (schema.const !== undefined) return `Literal[${JSON.stringify(schema.const)}]`;
    if (schema.enum) return `Literal[${schema.enum.map((value) => JSON.stringify(value)).join(", ")}]`;
    if (Array.isArray(schema.type)) return this.type({ anyOf: schema.type.map((type) => ({ ...schema, type })) }, name);
    switch (schema.type) {
      case "null":
        return "None";
      case "string":
        return "str";
      case "boolean":
        return "bool";
      case "integer":
        return "int";
      case "number":
        return "float";
      case "array":
        return `list[${this.type(schema.items, `${name}Item`)}]`;
      case "object":
        if (schema.properties !== undefined) return this.object(schema, name);
        return `dict[str, ${this.type(schema.additionalProperties, `${name}Value`)}]`;
      case undefined:
        return "Any";
      default:
        throw new Error(`${name}: the generator does not know the JSON schema type ${schema.type}`);
    }
  }

  object(schema, name) {
    if (this.written.has(name)) return name;
    this.written.add(name);
    const fields = Object.entries(schema.properties).map(([key, value]) => {
      const type = this.type(value, name + pascal(key));
      return `    ${key}: ${(schema.required ?? []).includes(key) ? type : `NotRequired[${type}]`}`;
    });
    this.classes.push(`class ${name}(TypedDict):\n${fields.length > 0 ? fields.join("\n") : "    pass"}`);
    return name;
  }
}

/** The literal that tells the members of a union apart: of `method`, `kind` or `type`, whichever differs. */
function discriminator(part, alternatives) {
  for (const key of ["method", "kind", "type"]) {
    const values = alternatives.map((other) => other.properties?.[key]?.const).filter((value) => value !== undefined);
    if (values.length > 1 && new Set(values).size === values.length && part.properties)
      return pascal(part.properties[key].const);
  }
  return "";
}

function typesModule({ schemas, aliases }, contract) {
  const writer = new PythonWriter();
  for (const name of Object.keys(schemas)) {
    const type = writer.type(schemas[name], name);
    if (type !== name) writer.classes.push(`${name} = ${type}`);
  }
  for (const [alias, name] of aliases) writer.classes.push(`${alias} = ${name}`);
  const body = writer.classes.join("\n\n\n");
  const names = ["Any", "Literal", "TypedDict"].filter((name) => new RegExp(`\\b${name}\\b`).test(body));
  const imports = [`from typing import ${names.join(", ")}`];
  if (/\bNotRequired\b/.test(body)) imports.push("\nfrom typing_extensions import NotRequired");
  const constants = [
    `PROTOCOL_VERSION = ${contract.worker.protocolVersion}`,
    ...Object.entries(contract.rows.frameKinds).map(([key, value]) => `FRAME_${upperSnake(key)} = ${value}`),
    `FRAME_HEADER_BYTES = ${contract.rows.frameHeaderBytes}`,
    `MAX_FRAME_BYTES = ${contract.rows.maxFrameBytes}`,
    `SQLFLUFF_DIALECTS: dict[str, str] = {\n${Object.entries(contract.lint.sqlfluffDialects)
      .map((entry) => `    ${entry.map((text) => JSON.stringify(text)).join(": ")},`)
      .join("\n")}\n}`,
  ];
  return `${header}\n${imports.join("\n")}\n\n${constants.join("\n")}\n\n\n${body}\n`;
}

const python = (value) => {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object")
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}: ${python(item)}`)
      .join(", ")}}`;
  return JSON.stringify(value);
};

function schemasModule({ schemas }) {
  const wanted = reachable(schemas, validated);
  const lines = [...wanted].sort().map((name) => {
    const { $schema, $id, ...schema } = schemas[name];
    return `    "${name}": ${python(schema)},`;
  });
  return `${header}\nfrom typing import Any\n\n# fmt: off\nSCHEMAS: dict[str, dict[str, Any]] = {\n${lines.join("\n")}\n}\n`;
}

const contract = await loadContract();
const named = namedSchemas(contract);
const outputs = { "types.py": typesModule(named, contract), "schemas.py": schemasModule(named) };
let stale = false;
for (const [file, text] of Object.entries(outputs)) {
  const path = join(folder, file);
  const present = await readFile(path, "utf8").catch((error) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (present === text) continue;
  if (process.argv.includes("--check")) {
    stale = true;
    console.error(`${relative(root, path)} is stale: run node scripts/generate-protocol.mjs`);
  } else {
    await writeFile(path, text);
    console.log(`${relative(process.cwd(), path) || pathToFileURL(path)} written`);
  }
}
process.exitCode = stale ? 1 : 0;
