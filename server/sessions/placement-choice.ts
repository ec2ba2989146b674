import { defaultEngine } from "../contract/engines";
import type { Config } from "../core";
import { ensureRunner } from "../engines";
import { TlsIdentity } from "./endpoint";
import { NatsPlacement } from "./nats-placement";
import type { RunnerPlacement } from "./placement";
import { readRunnerStatus } from "./runner-status";

/** The runner of this machine, and those of its further engines. It says itself when it is full. */
export function onThisMachine(path: string): RunnerPlacement {
  return {
    place: async ({ engine }) => ({ kind: "unix", path: engine === defaultEngine ? path : await ensureRunner(engine) }),
    state: async () => {
      const { dbtVersion, sandbox } = await readRunnerStatus({ kind: "unix", path });
      return { dbtVersion, missing: sandbox.missing };
    },
    close: async () => undefined,
  };
}

/** Runners of other machines when NATS is configured, else this machine's own: then nothing of NATS is loaded or started. */
export function placementFor({ remoteRunners, runnerSocket }: Config): RunnerPlacement {
  if (remoteRunners === null) return onThisMachine(runnerSocket);
  const { natsUrl, ca, certificate, key, runnerName } = remoteRunners;
  return new NatsPlacement({ natsUrl, identity: new TlsIdentity({ ca, certificate, key, runnerName }) });
}
