import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import git from "isomorphic-git";
import { GitRemoteHTTP } from "isomorphic-git/managers";
import { AppError } from "../../core";
import { leftover, type Operations, type Progress } from "../operations";
import { gitFileSystem, makeOpenFolder } from "./file-system";
import { countApart, isAncestor } from "./history";
import { authentication, openRemote } from "./http";
import { emptyRepository, fetchMirror, missingBranch, publish } from "./mirror";
import { currentBranch, headOf, openRepository, resolveRef } from "./repository";
import { checkOutAll, moveTo, prefixOf } from "./working-tree";

/** The branches of a remote, without fetching anything: says whether it can be reached and is a repository. */
export async function listRemote(
  input: Operations["listRemote"]["input"],
  progress: Progress,
): Promise<Operations["listRemote"]["output"]> {
  const { http, close } = openRemote(input.remote, progress);
  try {
    const { refs } = (await GitRemoteHTTP.discover({
      ...authentication(input.remote),
      http,
      url: input.remote.url,
      service: "git-upload-pack",
      headers: {},
      protocolVersion: 1,
    })) as { refs: Map<string, string> };
    const branches = [...refs.keys()]
      .filter((ref) => ref.startsWith("refs/heads/"))
      .map((ref) => ref.slice("refs/heads/".length));
    if (branches.length === 0) throw emptyRepository();
    return { branches: branches.sort() };
  } finally {
    await close();
  }
}

/**
 * Clones a branch into `root`, which must not exist: fetches the mirror, links its packs, checks out beside and renames at the end, so
 * that a clone that was cut off leaves nothing at `root`.
 */
export async function clone(
  input: Operations["clone"]["input"],
  progress: Progress,
): Promise<Operations["clone"]["output"]> {
  await fetchMirror(input.mirror, input.remote, input.branch, progress);
  makeOpenFolder(dirname(input.root));
  removeLeftovers(input.root);
  const repository = openRepository(`${input.root}${leftover}${process.pid}`);
  try {
    makeOpenFolder(repository.root);
    fs.mkdirSync(repository.gitdir, { mode: 0o700 });
    await git.init({ fs: gitFileSystem, dir: repository.root, defaultBranch: input.branch });
    await git.setConfig({ ...repository, path: "core.symlinks", value: false });
    await git.setConfig({ ...repository, path: "core.filemode", value: false });
    await git.addRemote({ ...repository, remote: "origin", url: input.remote.url });
    publish(input.mirror, repository.gitdir);
    const head = await resolveRef(repository, `refs/remotes/origin/${input.branch}`);
    if (head === null) throw missingBranch(input.branch);
    await checkOutAll(repository, head, { limits: input.limits, progress });
    const folder = fs.statSync(join(repository.root, prefixOf(input)), { throwIfNoEntry: false });
    if (!folder?.isDirectory()) throw missingFolder(input.subfolder, input.branch);
    await git.writeRef({ ...repository, ref: `refs/heads/${input.branch}`, value: head, force: true });
    await git.writeRef({
      ...repository,
      ref: "HEAD",
      value: `refs/heads/${input.branch}`,
      symbolic: true,
      force: true,
    });
    fs.renameSync(repository.root, input.root);
    return { head };
  } finally {
    removeLeftovers(input.root);
  }
}

/** Removes what clones into this folder left behind when they were cut off. */
function removeLeftovers(root: string): void {
  for (const name of fs.readdirSync(dirname(root))) {
    if (name.startsWith(`${basename(root)}${leftover}`))
      fs.rmSync(join(dirname(root), name), { recursive: true, force: true });
  }
}

/** Fetches and moves the branch forward. Throws CONFLICT when the branches have diverged or local changes would be overwritten. */
export async function pull(
  input: Operations["pull"]["input"],
  progress: Progress,
): Promise<Operations["pull"]["output"]> {
  const repository = openRepository(input.root);
  const branch = await currentBranch(repository);
  if (branch === null) throw new AppError("CONFLICT", "The workspace is not on a branch. Switch to one first.");
  await fetchMirror(input.mirror, input.remote, null, progress);
  publish(input.mirror, repository.gitdir);
  const head = await headOf(repository);
  const target = await resolveRef(repository, `refs/remotes/origin/${branch}`);
  if (target === null) {
    throw new AppError("CONFLICT", `The branch ${branch} is not on the Git server yet.`, { hint: "Push it first." });
  }
  if (head === target) return { head, paths: [] };
  if (head !== null && !(await isAncestor(repository, head, target))) {
    const { ahead, behind } = await countApart(repository, head, target);
    if (behind === 0) return { head, paths: [] };
    throw new AppError(
      "CONFLICT",
      `Your branch and the Git server's have gone separate ways: you have ${commits(ahead)} that it lacks, and it has ${commits(behind)} that you lack.`,
      {
        hint: "Nothing was changed. Push your commits on a new branch, and merge them on the Git server.",
        details: { ahead, behind },
      },
    );
  }
  const paths = await moveTo(repository, target, {
    limits: input.limits,
    action: "Pulling",
    setHead: () => git.writeRef({ ...repository, ref: `refs/heads/${branch}`, value: target, force: true }),
  });
  return {
    head: target,
    paths: paths.filter((path) => path.startsWith(prefixOf(input))).map((path) => path.slice(prefixOf(input).length)),
  };
}

function commits(count: number): string {
  return count === 1 ? "1 commit" : `${count} commits`;
}

/** Sends the branch to the server under the same name. Throws CONFLICT when the server's branch has commits that ours lacks. */
export async function push(
  input: Operations["push"]["input"],
  progress: Progress,
): Promise<Operations["push"]["output"]> {
  const repository = openRepository(input.root);
  const branch = await currentBranch(repository);
  const head = await headOf(repository);
  if (branch === null || head === null) throw new AppError("CONFLICT", "There is no branch with a commit to push.");
  const { http, close } = openRemote(input.remote, progress);
  try {
    progress("Sending commits", 0, null);
    await git.push({
      ...repository,
      ...authentication(input.remote),
      http,
      url: input.remote.url,
      remote: "origin",
      ref: branch,
      remoteRef: `refs/heads/${branch}`,
      onProgress: ({ phase, loaded, total }) => progress(phase, loaded, total ?? null),
    });
    return { branch, head };
  } catch (error) {
    if (error instanceof git.Errors.PushRejectedError) throw movedOn(branch);
    if (error instanceof git.Errors.GitPushError) throw refused(branch, error);
    throw error;
  } finally {
    await close();
  }
}

function movedOn(branch: string): AppError {
  return new AppError("CONFLICT", `The branch ${branch} has new commits on the Git server.`, {
    hint: "Pull first, then push again. Your commits are safe in your workspace.",
  });
}

/** The server answered and said no: a protected branch, a hook, or a push that came in between. */
function refused(branch: string, error: InstanceType<typeof git.Errors.GitPushError>): AppError {
  const answers = Object.values(error.data.result.refs ?? {}).map((ref) => String(ref.error ?? ""));
  const reason = [error.data.result.error ?? "", ...answers]
    .filter((text) => text !== "")
    .join("; ")
    .slice(0, 300);
  if (/non-fast-forward|fetch first|stale info|failed to update ref|cannot lock ref/i.test(reason))
    return movedOn(branch);
  return new AppError("GIT_ERROR", `The Git server refused the push to ${branch}${reason ? `: ${reason}` : ""}.`, {
    hint: "The branch may be protected. Create a new branch and push that. Your commits are safe in your workspace.",
  });
}

function missingFolder(folder: string, branch: string): AppError {
  return new AppError("GIT_ERROR", `The branch ${branch} has no folder named ${folder}.`, {
    hint: "Check the subfolder in the project's settings: it is the folder that holds dbt_project.yml.",
    details: { subfolder: folder },
  });
}
