import { describe, expect, it } from "vitest";
import { checkDiskSpace, checkSandbox, checkTools } from "./checks.mjs";

const answers = (table) => async (command, args) => {
  const answer = table[`${command} ${args.includes("import venv, ensurepip") ? "venv" : ""}`.trim()];
  if (answer === undefined) throw Object.assign(new Error("not found"), { code: "ENOENT" });
  return { code: 0, stdout: answer, stderr: "", ...(answer === false ? { code: 1, stdout: "" } : {}) };
};
const python = "/usr/bin/python3\n3.11.7\n";

describe("checkTools", () => {
  it("names everything that is missing at once, each with how to get it", async () => {
    const failure = await checkTools({ nodeVersion: "18.19.0", environment: {}, runCommand: answers({}) }).catch(
      (error) => error,
    );
    expect(failure.name).toBe("SetupError");
    expect(failure.message).toContain("Node 18.19.0 is too old");
    expect(failure.message).toContain("apt-get install python3 python3-venv python3-pip");
    expect(failure.message).toContain("apt-get install git");
  });

  it("says which package brings venv when Python lacks it", async () => {
    const table = { python3: python, "/usr/bin/python3 venv": false, git: "git version 2.39.5" };
    await expect(checkTools({ nodeVersion: "20.9.0", environment: {}, runCommand: answers(table) })).rejects.toThrow(
      "Python 3.11.7 lacks venv or pip. On Debian or Ubuntu: apt-get install python3-venv python3-pip",
    );
  });

  it("prefers a Python that dbt has packages for over a newer one", async () => {
    const table = {
      python3: "/usr/bin/python3\n3.14.0\n",
      "python3.12": "/usr/bin/python3.12\n3.12.3\n",
      "/usr/bin/python3.12 venv": "",
      git: "git version 2.39.5",
    };
    const tools = await checkTools({ nodeVersion: "22.1.0", environment: {}, runCommand: answers(table) });
    expect(tools).toEqual({
      node: "22.1.0",
      python: { path: "/usr/bin/python3.12", version: "3.12.3" },
      git: "2.39.5",
    });
  });
});

describe("checkSandbox", () => {
  const probe = (features) => async () => ({ code: 0, stdout: JSON.stringify(features), stderr: "" });
  const noSwap = () => "Filename Type Size Used Priority\n";

  it("is silent on a machine that has everything", async () => {
    const runCommand = probe({ landlock: 7, landlock_error: null, seccomp: true });
    const result = await checkSandbox(
      { path: "python3" },
      { platform: "linux", environment: {}, runCommand, readSwaps: noSwap },
    );
    expect(result).toEqual({ note: "Landlock ABI 7, seccomp, no swap", warnings: [] });
  });

  it("says what a kernel without Landlock means and what it needs", async () => {
    const runCommand = probe({ landlock: -1, landlock_error: "Function not implemented", seccomp: true });
    const { warnings } = await checkSandbox(
      { path: "python3" },
      { platform: "linux", environment: {}, runCommand, readSwaps: noSwap },
    );
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/Landlock is missing \(Function not implemented\): previews are refused.*Linux 5\.13/);
  });

  it("warns of swap unless it was accepted", async () => {
    const runCommand = probe({ landlock: 4, landlock_error: null, seccomp: true });
    const readSwaps = () => "Filename Type Size Used Priority\n/dev/sda2 partition 100 0 -2\n";
    const options = { platform: "linux", runCommand, readSwaps };
    const refused = await checkSandbox({ path: "python3" }, { ...options, environment: {} });
    expect(refused.warnings[0]).toContain("MILLRACE_ALLOW_SWAP=1");
    const accepted = await checkSandbox(
      { path: "python3" },
      { ...options, environment: { MILLRACE_ALLOW_SWAP: "on" } },
    );
    expect(accepted.warnings).toEqual([]);
  });
});

it("refuses a first set-up that cannot fit on the disk, with the numbers", () => {
  const statfs = () => ({ bavail: 1024, bsize: 1024 ** 2 });
  expect(() => checkDiskSpace(import.meta.dirname, { finished: false, statfs })).toThrow("1.0 GB free");
  expect(() => checkDiskSpace(import.meta.dirname, { finished: true, statfs })).not.toThrow();
});
