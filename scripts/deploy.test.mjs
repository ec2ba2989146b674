import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "./lib/paths.mjs";

const folder = join(root, "deploy", "kubernetes");
const python = process.env.MILLRACE_PYTHON ?? join(root, ".engines", "default", "bin", "python");
const read =
  "import json, sys, yaml; print(json.dumps({path: list(yaml.safe_load_all(open(path))) for path in sys.argv[1:]}))";
const names = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
const files = JSON.parse(
  execFileSync(python, ["-c", read, ...names.map((name) => join(folder, name))], { encoding: "utf8" }),
);
const documents = Object.values(files).flat();
const resources = documents.filter(({ kind }) => kind !== "Kustomization");
const workloads = resources.filter(({ kind }) => ["Deployment", "StatefulSet"].includes(kind));
const podOf = (name) => workloads.find(({ metadata }) => metadata.name === name).spec.template.spec;
const variables = (pod) => Object.fromEntries(pod.containers[0].env.map(({ name, value }) => [name, value]));

describe("the Kubernetes manifests", () => {
  test("are complete objects, each named once and listed", () => {
    const [{ resources: listed }] = files[join(folder, "kustomization.yaml")];
    expect([...listed].sort()).toEqual(names.filter((name) => name !== "kustomization.yaml").sort());
    for (const one of resources) {
      expect(one).toMatchObject({ apiVersion: expect.any(String), kind: expect.any(String) });
      expect(one.metadata.name).toMatch(/^millrace/);
    }
    const keys = resources.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test.each(workloads.map((one) => [one.metadata.name, one]))(
    "%s runs unprivileged, and what it refers to exists",
    (_, one) => {
      const { template, selector, volumeClaimTemplates = [] } = one.spec;
      expect(template.metadata.labels).toMatchObject(selector.matchLabels);
      const pod = template.spec;
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      });
      const volumes = [...(pod.volumes ?? []), ...volumeClaimTemplates.map(({ metadata }) => metadata)].map(
        ({ name }) => name,
      );
      for (const container of pod.containers) {
        expect(container.securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
        });
        expect(container.resources.limits.memory).toMatch(/^\d+[MG]i$/);
        expect(container.readinessProbe ?? container.livenessProbe).toBeDefined();
        for (const { name } of container.volumeMounts) expect(volumes).toContain(name);
      }
      const made = new Set(resources.flatMap(({ kind, spec }) => (kind === "Certificate" ? [spec.secretName] : [])));
      for (const { secret, persistentVolumeClaim, configMap } of pod.volumes ?? []) {
        if (secret) expect(made).toContain(secret.secretName);
        if (persistentVolumeClaim) expect(keyed("PersistentVolumeClaim")).toContain(persistentVolumeClaim.claimName);
        if (configMap) expect(keyed("ConfigMap")).toContain(configMap.name);
      }
    },
  );

  test("name settings that exist, and files that are mounted", () => {
    const known = ["server/core/config.ts", "scripts/lib/remote-runner.mjs"]
      .map((file) => readFileSync(join(root, file), "utf8"))
      .join("\n");
    for (const name of ["millrace-web", "millrace-runner"]) {
      for (const [variable, value] of Object.entries(variables(podOf(name)))) {
        if (variable.startsWith("MILLRACE_RUNNER_TLS_")) expect(known).toContain("MILLRACE_RUNNER_TLS_");
        else if (variable.startsWith("MILLRACE_")) expect(known).toContain(variable);
        if (value?.startsWith("/certificates/")) expect(value).toMatch(/^\/certificates\/(ca\.crt|tls\.crt|tls\.key)$/);
      }
    }
    for (const [, file] of readFileSync(join(root, "deploy", "Dockerfile"), "utf8").matchAll(/(scripts\/\S+\.mjs)/g))
      expect(existsSync(join(root, file))).toBe(true);
  });

  test("give a draining runner its time, never write to its disk, and leave certificates' names as they are checked", () => {
    const pod = podOf("millrace-runner");
    const { MILLRACE_RUNNER_DRAIN_SECONDS: seconds, MILLRACE_RUNNER_TLS_PEER: peer } = variables(pod);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(Number(seconds) + 30);
    expect(pod.containers[0].securityContext.readOnlyRootFilesystem).toBe(true);
    expect(pod.containers[0].volumeMounts.find(({ name }) => name === "workspaces").readOnly).toBe(true);
    expect(pod.volumes.find(({ name }) => name === "data").emptyDir.medium).toBe("Memory");
    const certified = (name) =>
      resources.find(({ kind, metadata }) => kind === "Certificate" && metadata.name === name);
    expect(certified("millrace-web").spec.dnsNames).toContain(peer);
    expect(certified("millrace-runner").spec.dnsNames).toContain(
      variables(podOf("millrace-web")).MILLRACE_RUNNER_TLS_NAME,
    );
  });

  test("close the network but for named ways", () => {
    const policies = resources.filter(({ kind }) => kind === "NetworkPolicy");
    expect(policies.find(({ metadata }) => metadata.name === "millrace-closed").spec).toEqual({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
    const [ingress] = policies.find(({ metadata }) => metadata.name === "millrace-runner").spec.ingress;
    expect(ingress).toEqual({
      from: [{ podSelector: { matchLabels: { app: "millrace-web" } } }],
      ports: [{ port: 7443 }],
    });
  });
});

function keyed(kind) {
  return resources.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);
}
