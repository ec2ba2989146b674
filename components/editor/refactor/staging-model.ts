import type { IndexNode } from "@/server/contract";
import type { LanguageService } from "../language/language-service";
import type { SourceFile } from "../language/things";
import { checkedName, modelPath, modelRoots, type Plan, PlanBuilder, Refusal } from "./plan";

/** The source table under the cursor, or the first of the file. @throws Refusal */
export async function stagingTarget(service: LanguageService, file: SourceFile, offset: number): Promise<IndexNode> {
  const found = await service.thingAt(file, offset);
  const { lookup } = service.view;
  const thing = found?.thing;
  const node =
    thing?.kind === "node" && thing.node.resourceType === "source"
      ? thing.node
      : thing?.kind === "source"
        ? lookup.sources.find(({ sourceName }) => sourceName === thing.sourceName)
        : lookup.nodesIn(file.path).find(({ resourceType }) => resourceType === "source");
  if (!node) {
    throw new Refusal("Put the cursor on a source table, in its YAML or in a source().");
  }
  return node;
}

/** The usual name and place of a source table's staging model. */
export function stagingPlace(service: LanguageService, node: IndexNode): { name: string; folder: string } {
  const source = node.sourceName ?? "";
  const own = service.view.lookup
    .usedBy(node.uniqueId)
    .find(({ name, resourceType }) => resourceType === "model" && name.startsWith("stg_"));
  const beside =
    own ??
    service.view.lookup.refs.find(
      ({ name, packageName }) => packageName === node.packageName && name.startsWith("stg_"),
    );
  const folder =
    beside?.path.slice(0, beside.path.lastIndexOf("/")) ??
    `${modelRoots(service.view.lookup)[0] ?? "models"}/staging/${source}`;
  return { name: `stg_${source}__${node.name}`, folder };
}

/** A model that selects from a source table, column by column where they are known. @throws Refusal */
export function planStagingModel(
  service: LanguageService,
  { node, name, folder }: { node: IndexNode; name: string; folder: string },
): Plan {
  const newName = checkedName(name, "model");
  const { lookup } = service.view;
  const taken = lookup.ref(newName, lookup.index.projectName);
  if (taken) {
    throw new Refusal(`The project has a ${taken.resourceType} named ${newName} already (${taken.path}).`);
  }
  const plan = new PlanBuilder(`Create the staging model ${newName}`);
  const columns = service.view.columns(node).list.map((column) => `        ${column.name}`);
  if (columns.length === 0) {
    plan.warn(
      "No column of the source is known, so the model takes all of them with a star. Preview the source once to have them named.",
    );
  }
  const list = columns.length > 0 ? columns.join(",\n") : "        *";
  const text = `with source as (\n    select * from {{ source('${node.sourceName ?? ""}', '${node.name}') }}\n),\n\nrenamed as (\n    select\n${list}\n    from source\n)\n\nselect * from renamed\n`;
  plan.file({ kind: "create", path: modelPath(lookup, folder, newName), text });
  return plan.build();
}
