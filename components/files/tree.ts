import type { TreeEntry } from "@/server/contract";

export interface TreeNode {
  readonly path: string;
  readonly name: string;
  readonly kind: "file" | "folder";
  readonly children: readonly TreeNode[];
}
/** One line of the tree as it is shown. */
export interface TreeRow {
  readonly node: TreeNode;
  /** 1 for the top. */
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
  readonly expanded: boolean;
}

interface Growing {
  path: string;
  name: string;
  kind: "file" | "folder";
  children: Map<string, Growing>;
}

const byName = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function finish(growing: Growing): TreeNode {
  const children = [...growing.children.values()].map(finish);
  children.sort((left, right) =>
    left.kind === right.kind ? byName.compare(left.name, right.name) : left.kind === "folder" ? -1 : 1,
  );
  return { path: growing.path, name: growing.name, kind: growing.kind, children };
}

/** Entries as a tree: folders before files, names in the order people count. Folders that are only implied by a path are there too. */
export function buildTree(entries: readonly TreeEntry[]): readonly TreeNode[] {
  const root: Growing = { path: "", name: "", kind: "folder", children: new Map() };
  for (const entry of entries) {
    const parts = entry.path.split("/");
    let at = root;
    parts.forEach((part, index) => {
      const last = index === parts.length - 1;
      let next = at.children.get(part);
      if (!next) {
        next = {
          path: parts.slice(0, index + 1).join("/"),
          name: part,
          kind: last ? entry.kind : "folder",
          children: new Map(),
        };
        at.children.set(part, next);
      }
      at = next;
    });
  }
  return finish(root).children;
}

/** Paths of all folders above `path`. */
export function foldersAbove(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function keep(nodes: readonly TreeNode[], needle: string): readonly TreeNode[] {
  return nodes.flatMap((node) => {
    if (node.kind === "file") {
      return node.path.toLowerCase().includes(needle) ? [node] : [];
    }
    const children = keep(node.children, needle);
    return children.length > 0 ? [{ ...node, children }] : [];
  });
}

/** The lines to show. With a filter every folder that leads to a match is open. */
export function visibleRows(tree: readonly TreeNode[], expanded: ReadonlySet<string>, filter: string): TreeRow[] {
  const needle = filter.trim().toLowerCase();
  const rows: TreeRow[] = [];
  const walk = (nodes: readonly TreeNode[], level: number) => {
    nodes.forEach((node, index) => {
      const open = node.kind === "folder" && (needle !== "" || expanded.has(node.path));
      rows.push({ node, level, position: index + 1, siblings: nodes.length, expanded: open });
      if (open) {
        walk(node.children, level + 1);
      }
    });
  };
  walk(needle === "" ? tree : keep(tree, needle), 1);
  return rows;
}

/** The folder that holds `path`; empty for the top. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

export function joinPath(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** A free name beside `path` for its copy: `orders copy.sql`, `orders copy 2.sql`, … */
export function copyName(path: string, taken: ReadonlySet<string>): string {
  const folder = parentOf(path);
  const name = path.slice(folder === "" ? 0 : folder.length + 1);
  const dot = name.lastIndexOf(".");
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
  for (let count = 1; ; count += 1) {
    const candidate = joinPath(folder, `${stem}_copy${count === 1 ? "" : count}${extension}`);
    if (!taken.has(candidate)) {
      return candidate;
    }
  }
}

/** Why `name` cannot be a file's or folder's path beneath the project, or null. */
export function nameProblem(path: string, taken: ReadonlySet<string>): string | null {
  if (path.trim() === "") {
    return "Write a name.";
  }
  if (
    path.length > 1000 ||
    path.includes("\\") ||
    path.split("/").some((part) => part === "" || part === "." || part === ".." || part !== part.trim())
  ) {
    return "This is not a path inside the project.";
  }
  if (path.split("/").includes(".git")) {
    return "Names of Git's own folder cannot be used.";
  }
  return taken.has(path) ? "There is already something with this name." : null;
}
