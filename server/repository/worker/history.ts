import git from "isomorphic-git";
import type { Repository } from "./repository";

const ours = 1;
const theirs = 2;
/** Past this many commits on one side the exact number helps nobody. */
const enough = 10_000;

/** How many commits only `left` has and only `right` has, walking both histories from the newest until they meet. */
export async function countApart(
  repository: Repository,
  left: string,
  right: string,
): Promise<{ ahead: number; behind: number }> {
  if (left === right) return { ahead: 0, behind: 0 };
  const sides = new Map<string, number>([
    [left, ours],
    [right, theirs],
  ]);
  const times = new Map<string, number>();
  const parents = new Map<string, string[]>();
  const open = new Set<string>();
  async function see(oid: string): Promise<void> {
    const { commit } = await git.readCommit({ ...repository, oid });
    times.set(oid, commit.committer.timestamp);
    parents.set(oid, commit.parent);
    open.add(oid);
  }
  await see(left);
  await see(right);
  while (open.size > 0 && [...open].some((oid) => sides.get(oid) !== (ours | theirs)) && sides.size < enough) {
    const newest = [...open].reduce((a, b) => ((times.get(b) ?? 0) > (times.get(a) ?? 0) ? b : a));
    open.delete(newest);
    const side = sides.get(newest) ?? 0;
    for (const parent of parents.get(newest) ?? []) {
      const before = sides.get(parent) ?? 0;
      if ((before | side) === before) continue;
      sides.set(parent, before | side);
      if (parents.has(parent)) open.add(parent);
      else await see(parent);
    }
  }
  const count = (side: number) => [...sides.values()].filter((value) => value === side).length;
  return { ahead: count(ours), behind: count(theirs) };
}

/** Whether `ancestor` is `commit` or in its history. */
export async function isAncestor(repository: Repository, ancestor: string, commit: string): Promise<boolean> {
  return (await countApart(repository, ancestor, commit)).ahead === 0;
}
