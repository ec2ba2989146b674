import { mentionsIn } from "./mentions";
import { queriesOf } from "./sql-query";
import { allSelects, cteOf, exposedName } from "./sql-scope";
import {
  nameOf,
  type Place,
  type ProjectView,
  type SourceFile,
  SqlThings,
  sameThing,
  type Thing,
  thingOf,
} from "./things";

/** A place that names a thing; `defines` where the text says what it is. */
export interface ReferencePlace extends Place {
  readonly defines: boolean;
}

/** Every place of a file that names a thing, in order. */
export function referencesIn(view: ProjectView, file: SourceFile, thing: Thing): ReferencePlace[] {
  const places: ReferencePlace[] = [];
  if (thing.kind !== "cte" && thing.kind !== "local-column") {
    for (const mention of mentionsIn(file.language, file.text)) {
      const meant = thingOf(view.lookup, mention);
      if (meant && (sameThing(meant, thing) || isVersionOf(meant, thing) || dispatches(mention.kind, meant, thing))) {
        places.push({ start: mention.start, end: mention.end, defines: mention.defines });
      }
    }
  }
  if (file.language === "dbt-sql" && /^(?:cte|local-column|column|node)$/.test(thing.kind)) {
    places.push(...sqlReferences(view, file, thing));
  }
  const byStart = new Map(places.map((place) => [place.start, place]));
  return [...byStart.values()].sort((left, right) => left.start - right.start);
}

/** A mention without version means the latest, a YAML entry all of them. */
function isVersionOf(meant: Thing, thing: Thing): boolean {
  return (
    meant.kind === "node" &&
    thing.kind === "node" &&
    meant.node.version !== null &&
    thing.node.version !== null &&
    meant.node.name === thing.node.name &&
    meant.node.packageName === thing.node.packageName
  );
}

/** `default__cents` and `duckdb__cents` are what `cents` dispatches to. */
function dispatches(kind: string, meant: Thing, thing: Thing): boolean {
  return (
    kind === "macro" &&
    meant.kind === "macro" &&
    thing.kind === "macro" &&
    meant.macro.packageName === thing.macro.packageName &&
    meant.macro.name.endsWith(`__${thing.macro.name}`)
  );
}

function sqlReferences(view: ProjectView, file: SourceFile, thing: Thing): ReferencePlace[] {
  const things = new SqlThings(view, file);
  const places: ReferencePlace[] = [];
  const note = (place: Place, defines: boolean) => places.push({ start: place.start, end: place.end, defines });
  if (thing.kind === "cte") {
    note(thing.cte.name, true);
  }
  const name = nameOf(thing).toLowerCase();
  for (const select of queriesOf(file.text).flatMap(allSelects)) {
    for (const relation of select.relations) {
      const last = relation.target.kind === "name" ? relation.target.parts.at(-1) : undefined;
      const cte = cteOf(relation, select.query);
      if (thing.kind === "cte" && cte && last && sameThing({ kind: "cte", cte }, thing)) {
        note(last, false);
        if (!relation.alias) {
          noteQualifiers(select, name, note);
        }
      }
    }
    if (thing.kind !== "column" && thing.kind !== "local-column") {
      continue;
    }
    for (const use of select.uses) {
      const meant = use.name.text.toLowerCase() === name ? things.columnOf(use) : null;
      if (meant && sameThing(meant, thing)) {
        note(use.name, false);
      }
    }
    for (const { output, simple } of select === select.query.selects[0] ? select.items : []) {
      if (output?.text.toLowerCase() === name && output !== simple?.name) {
        if (sameThing(things.output(select.query, output.text), thing)) {
          note(output, true);
        }
      } else if (
        output &&
        simple &&
        output === simple.name &&
        sameThing(things.output(select.query, output.text), thing)
      ) {
        note(output, true);
      }
    }
  }
  return places;
}

function noteQualifiers(
  select: ReturnType<typeof allSelects>[number],
  name: string,
  note: (place: Place, defines: boolean) => void,
): void {
  const inside = [select, ...select.children.flatMap(allSelects)];
  for (const within of inside) {
    const hidden = within !== select && within.relations.some((relation) => exposedName(relation) === name);
    for (const use of hidden ? [] : within.uses) {
      const qualifier = use.qualifier.at(-1);
      if (qualifier?.text.toLowerCase() === name) {
        note(qualifier, false);
      }
    }
    for (const { star } of hidden ? [] : within.items) {
      if (star?.qualifier?.text.toLowerCase() === name) {
        note(star.qualifier, false);
      }
    }
  }
}
