import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { useTestDatabase } from "../testing";
import { git, gitServerForTests } from "../testing/git";
import { checkoutLimits, type Operations, type RemoteInput, runGit } from ".";

const server = gitServerForTests();
useTestDatabase();
const files = { "dbt_project.yml": "name: x\n", "models/a.sql": "select 1\n" };

function remote(name: string, changes: Partial<RemoteInput> = {}): RemoteInput {
  const rules = { trustLoopback: true, privateHosts: [], allowedHosts: null };
  return { url: server.url(name), token: server.token, rules, maxBytes: 50_000_000, ...changes };
}
function cloneOf(name: string, changes: Partial<Operations["clone"]["input"]> = {}): Operations["clone"]["input"] {
  const root = join(server.folder, "trees", name);
  const mirror = join(server.folder, "mirrors", `${name}.git`);
  return { root, mirror, remote: remote(name), subfolder: "", branch: "main", limits: checkoutLimits, ...changes };
}
const failure = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error) => ({ code: error.code, message: error.message }),
  );

/** Writes a loose object and returns its id: git itself refuses to make some of these. */
function writeObject(repository: string, type: string, content: Buffer): string {
  const bytes = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const oid = createHash("sha1").update(bytes).digest("hex");
  const folder = join(repository, ".git", "objects", oid.slice(0, 2));
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, oid.slice(2)))) writeFileSync(join(folder, oid.slice(2)), deflateSync(bytes));
  return oid;
}
/** Pushes a commit whose root tree has these raw entries. */
async function pushTree(clone: string, entries: [string, string, string][]): Promise<void> {
  const tree = writeObject(
    clone,
    "tree",
    Buffer.concat(
      entries.map(([mode, name, oid]) => Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, "hex")])),
    ),
  );
  const commit = writeObject(
    clone,
    "commit",
    Buffer.from(`tree ${tree}\nauthor A <a@a> 1 +0000\ncommitter A <a@a> 1 +0000\n\nx\n`),
  );
  await git(clone, "push", "--quiet", "--force", "origin", `${commit}:refs/heads/main`);
}

describe("hostile repositories", () => {
  test.each([[".git"], [".GIT"], ["git~1"], [".g\u200cit"], [".."], ["a\\b"]])(
    "a folder named %j is refused and nothing is left",
    async (name) => {
      const id = `evil${createHash("sha1").update(name).digest("hex").slice(0, 8)}`;
      const clone = await server.add(id, files);
      const blob = writeObject(clone, "blob", Buffer.from("[core]\n\tfsmonitor = touch /tmp/owned\n"));
      const tree = writeObject(
        clone,
        "tree",
        Buffer.concat([Buffer.from("100644 config\0"), Buffer.from(blob, "hex")]),
      );
      await pushTree(clone, [["40000", name, tree]]);
      const input = cloneOf(id);
      expect(await failure(runGit("clone", input))).toMatchObject({
        code: "GIT_ERROR",
        message: expect.stringContaining("does not write"),
      });
      expect(existsSync(input.root)).toBe(false);
      expect(readdirSync(join(server.folder, "trees")).filter((entry) => entry.startsWith(id))).toEqual([]);
    },
  );

  test("a name that is a link and a folder at once cannot lead outside", async () => {
    const clone = await server.add("twice", files);
    const link = writeObject(clone, "blob", Buffer.from("/tmp"));
    const blob = writeObject(clone, "blob", Buffer.from("owned"));
    const tree = writeObject(
      clone,
      "tree",
      Buffer.concat([Buffer.from("100644 millrace-owned\0"), Buffer.from(blob, "hex")]),
    );
    await pushTree(clone, [
      ["120000", "x", link],
      ["40000", "x", tree],
    ]);
    expect(await failure(runGit("clone", cloneOf("twice")))).toMatchObject({ code: "GIT_ERROR" });
    expect(existsSync("/tmp/millrace-owned")).toBe(false);
  });

  test("symlinks become plain files that hold their target; submodules, LFS filters and hooks are left alone", async () => {
    const clone = await server.add("links", {
      ...files,
      ".gitattributes": "*.bin filter=lfs\n",
      "x.bin": "version https://git-lfs\n",
      ".gitmodules": '[submodule "s"]\n\tpath = s\n\turl = ext::sh -c id\n',
    });
    await git(
      clone,
      "update-index",
      "--add",
      "--cacheinfo",
      `120000,${writeObject(clone, "blob", Buffer.from("/etc/passwd"))},models/link.sql`,
    );
    await git(clone, "update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},s`);
    await git(clone, "commit", "--quiet", "-m", "Links");
    await git(clone, "push", "--quiet", "origin", "main");
    const input = cloneOf("links");
    await runGit("clone", input);
    const link = join(input.root, "models/link.sql");
    expect(lstatSync(link).isFile()).toBe(true);
    expect(readFileSync(link, "utf8")).toBe("/etc/passwd");
    expect(readFileSync(join(input.root, "x.bin"), "utf8")).toBe("version https://git-lfs\n");
    expect(existsSync(join(input.root, "s"))).toBe(false);
    expect(readdirSync(join(input.root, ".git/hooks"))).toEqual([]);
    writeFileSync(join(input.root, "models/a.sql"), "changed\n");
    const author = { name: "A", email: "a@a" };
    await runGit("commit", { root: input.root, subfolder: "", message: "m", paths: ["models/a.sql"], author });
    expect(await git(input.root, "diff-tree", "-r", "--name-only", "HEAD~1", "HEAD")).toBe("models/a.sql\n");
  });

  test("a tree that repeats itself, too many files, too deep folders and too many bytes are refused", async () => {
    const clone = await server.add("bomb", files);
    const hex = (oid: string) => Buffer.from(oid, "hex");
    let tree = writeObject(
      clone,
      "tree",
      Buffer.concat([Buffer.from("100644 f\0"), hex(writeObject(clone, "blob", Buffer.from("x")))]),
    );
    for (let level = 0; level < 8; level++) {
      const names = "abcdefghij".split("");
      tree = writeObject(
        clone,
        "tree",
        Buffer.concat(names.map((name) => Buffer.concat([Buffer.from(`40000 ${name}\0`), hex(tree)]))),
      );
    }
    await pushTree(clone, [["40000", "bomb", tree]]);
    expect(
      await failure(runGit("clone", cloneOf("bomb", { limits: { ...checkoutLimits, files: 2000 } }))),
    ).toMatchObject({ code: "LIMIT_REACHED" });
    await server.add("big", { ...files, "data.csv": "0123456789".repeat(100_000), "a/b/c/d/e.sql": "1" });
    for (const limits of [{ files: 2 }, { bytes: 1000 }, { depth: 3 }]) {
      expect(
        await failure(runGit("clone", cloneOf("big", { limits: { ...checkoutLimits, ...limits } }))),
      ).toMatchObject({ code: "LIMIT_REACHED" });
    }
    expect(existsSync(cloneOf("big").root)).toBe(false);
  }, 60_000);

  test("a repository larger than the cap is not downloaded to its end", async () => {
    const noise = Array.from(
      { length: 40 },
      (_, n) => [`f${n}`, createHash("sha512").update(String(n)).digest("hex").repeat(1)] as const,
    );
    await server.add("huge", { ...files, ...Object.fromEntries(noise) });
    expect(
      await failure(runGit("clone", cloneOf("huge", { remote: remote("huge", { maxBytes: 3000 }) }))),
    ).toMatchObject({ code: "LIMIT_REACHED" });
    expect(await failure(runGit("clone", cloneOf("huge")))).toBeNull();
  });
});

describe("a clone that is cut off", () => {
  test("leaves nothing at its place, and the next one works", async () => {
    const many = Object.fromEntries(Array.from({ length: 1500 }, (_, n) => [`models/m${n}.sql`, `select ${n}\n`]));
    await server.add("cut", { ...files, ...many });
    const input = cloneOf("cut");
    for (const phase of ["Receiving", "Resolving", "Indexing", "Writing files"]) {
      const abort = new AbortController();
      const onProgress = (name: string) => {
        if (name.startsWith(phase)) abort.abort();
      };
      const outcome = await failure(runGit("clone", input, { signal: abort.signal, onProgress }));
      if (outcome === null) break;
      expect(outcome.code).toBe("CANCELLED");
      expect(existsSync(input.root)).toBe(false);
    }
    if (!existsSync(input.root)) await runGit("clone", input);
    expect(await git(input.root, "status", "--porcelain")).toBe("");
    expect(await git(input.root, "fsck", "--full")).toBe("");
  }, 60_000);

  test("a mirror whose fetch died half-way is taken back to what it was", async () => {
    const clone = await server.add("half", files);
    const input = cloneOf("half");
    await runGit("clone", input);
    const packs = join(input.mirror, "objects/pack");
    const before = readdirSync(packs);
    const head = (await git(clone, "rev-parse", "HEAD")).trim();
    // What a killed fetch leaves: the note, refs that name a commit that never came, half a pack.
    writeFileSync(
      join(input.mirror, "millrace-fetching.json"),
      JSON.stringify({ packs: before, refs: { main: head } }),
    );
    mkdirSync(join(input.mirror, "refs/remotes/origin"), { recursive: true });
    writeFileSync(join(input.mirror, "refs/remotes/origin/main"), `${"b".repeat(40)}\n`);
    writeFileSync(join(packs, `pack-${"c".repeat(40)}.pack`), "PACK half");
    await server.change(clone, { "models/new.sql": "1" });
    expect(await runGit("pull", { ...input })).toMatchObject({ paths: ["models/new.sql"] });
    expect(readdirSync(packs)).not.toContain(`pack-${"c".repeat(40)}.pack`);
    expect(await git(input.root, "fsck", "--full")).toBe("");
  });
});

describe("remotes that fail, each in its own words", () => {
  test("wrong token, no token, no repository, no branch, no folder, empty", async () => {
    await server.add("fine", files);
    await server.add("empty", {});
    const list = (name: string, changes: Partial<RemoteInput> = {}) =>
      failure(runGit("listRemote", { remote: remote(name, changes) }));
    expect(await list("fine")).toBeNull();
    const wrong = await list("fine", { token: "a-wrong-and-secret-token" });
    expect(wrong).toMatchObject({
      code: "GIT_ERROR",
      message: expect.stringContaining("refused the project's access token"),
    });
    expect(await list("fine", { token: null })).toMatchObject({
      message: expect.stringContaining("asks for an access token"),
    });
    expect(await list("nowhere")).toMatchObject({
      code: "GIT_ERROR",
      message: expect.stringContaining("no Git repository"),
    });
    expect(await list("empty")).toMatchObject({ code: "GIT_ERROR", message: expect.stringContaining("empty") });
    expect(await failure(runGit("clone", cloneOf("fine", { branch: "none" })))).toMatchObject({
      message: expect.stringContaining("no branch named none"),
    });
    expect(await failure(runGit("clone", cloneOf("fine", { subfolder: "not/here" })))).toMatchObject({
      message: expect.stringContaining("no folder named not/here"),
    });
    expect(existsSync(cloneOf("fine").root)).toBe(false);
  }, 60_000);

  async function answering(handler: Parameters<typeof createServer>[1]): Promise<string> {
    const http = createServer(handler ?? (() => undefined));
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    onTestFinished(() => {
      http.closeAllConnections();
      http.close();
    });
    return `http://127.0.0.1:${(http.address() as AddressInfo).port}/x.git`;
  }

  test("a closed port, a page that is no repository, an error page, a redirect, an internal address", async () => {
    const list = (url: string, changes: Partial<RemoteInput> = {}) =>
      failure(runGit("listRemote", { remote: remote("x", { url, ...changes }) }));
    const closed = createTcpServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const port = (closed.address() as AddressInfo).port;
    closed.close();
    await once(closed, "close");
    expect(await list(`http://127.0.0.1:${port}/x.git`)).toMatchObject({
      code: "GIT_ERROR",
      message: expect.stringContaining("refuses the connection"),
    });
    expect(await list(await answering((_, answer) => answer.end("<html>hello</html>")))).toMatchObject({
      message: expect.stringContaining("no Git repository at this address"),
    });
    expect(await list(await answering((_, answer) => answer.writeHead(503).end()))).toMatchObject({
      message: expect.stringContaining("status 503"),
    });
    const seen: string[] = [];
    const target = await answering((request, answer) => {
      seen.push(request.url ?? "");
      answer.end();
    });
    expect(await list(await answering((_, answer) => answer.writeHead(302, { location: target }).end()))).toMatchObject(
      {
        message: expect.stringContaining("sends us on to"),
      },
    );
    expect(seen).toEqual([]);
    expect(
      await list("https://localhost/x.git", { rules: { trustLoopback: false, privateHosts: [], allowedHosts: null } }),
    ).toMatchObject({
      code: "INVALID_INPUT",
    });
    expect(await list("https://name.invalid/x.git")).toMatchObject({
      code: "GIT_ERROR",
      message: expect.stringContaining("no server of that name"),
    });
  });

  test("a server that never answers is given up on in time, and a cancel is heard at once", async () => {
    const url = await answering(() => undefined);
    expect(await failure(runGit("listRemote", { remote: remote("x", { url }) }, { milliseconds: 1500 }))).toMatchObject(
      { code: "TIMEOUT" },
    );
    const abort = new AbortController();
    const cancelled = failure(runGit("listRemote", { remote: remote("x", { url }) }, { signal: abort.signal }));
    abort.abort();
    expect(await cancelled).toMatchObject({ code: "CANCELLED" });
  });

  test("a server that repeats the token in its error does not get it into ours", async () => {
    const url = await answering((request, answer) => {
      if (request.headers.authorization)
        answer
          .writeHead(500, { "content-type": "text/plain" })
          .end(`bad ${server.token} ${request.headers.authorization}`);
      else answer.writeHead(401, { "www-authenticate": "Basic" }).end();
    });
    const error = await runGit("listRemote", { remote: remote("x", { url }) }).catch((thrown: unknown) => thrown);
    const { message, stack, cause, hint, details } = error as Error & Record<string, unknown>;
    const everything = JSON.stringify({ message, stack, cause: String(cause), hint, details });
    expect(everything).toContain("status 500");
    expect(everything).not.toContain(server.token);
    expect(everything).not.toContain(Buffer.from(`x-access-token:${server.token}`).toString("base64"));
  });
});
