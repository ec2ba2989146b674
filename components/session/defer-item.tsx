import { ChevronDown, Upload } from "lucide-react";
import { useRef } from "react";
import { Menu, MenuGroup, MenuItem, Spinner } from "@/components/ui";
import type { DeferMode, ProductionManifest } from "@/server/contract";
import type { Defer } from "./use-defer";

const modes: { mode: DeferMode; short: string; title: string }[] = [
  { mode: "off", short: "off", title: "Off: everything is read from this target" },
  { mode: "on", short: "production", title: "Production, for what is not built here" },
  { mode: "favorState", short: "favor state", title: "Favor state: production for everything else" },
];

/** How the session defers, in the status bar; its menu switches, and takes the manifest of a production run. */
export function DeferItem({ defer, canKeep }: { defer: Defer; canKeep: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  const mode = defer.state?.mode ?? "off";
  const manifest = defer.state?.manifest ?? null;
  const shown = modes.find((one) => one.mode === mode)?.short;
  return (
    <>
      <Menu
        side="top"
        trigger={
          <button
            type="button"
            aria-label={`Defer: ${shown}`}
            className={`flex items-center gap-1 px-1.5 whitespace-nowrap hover:bg-hover ${mode === "off" ? "" : "text-accent"}`}
          >
            {defer.switching !== null && <Spinner className="size-3.5" />}
            Defer: {shown}
            <ChevronDown aria-hidden className="size-3" />
          </button>
        }
      >
        <MenuGroup label={manifest === null ? "There is no production manifest yet" : manifestLabel(manifest)}>
          {modes.map((one) => (
            <MenuItem
              key={one.mode}
              checked={one.mode === mode}
              disabled={manifest === null && one.mode !== "off" && one.mode !== mode}
              onSelect={() => defer.choose(one.mode)}
            >
              {one.title}
            </MenuItem>
          ))}
        </MenuGroup>
        {canKeep && (
          <MenuGroup label="For everyone in this environment">
            <MenuItem icon={<Upload />} onSelect={() => input.current?.click()}>
              Upload production manifest.json…
            </MenuItem>
            {manifest !== null && (
              <MenuItem danger onSelect={defer.remove}>
                Remove the production manifest
              </MenuItem>
            )}
          </MenuGroup>
        )}
      </Menu>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        aria-label="Production manifest.json"
        className="hidden"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          currentTarget.value = "";
          if (file) void defer.upload(file);
        }}
      />
    </>
  );
}

function manifestLabel({ dbtVersion, nodes, generatedAt, keptAt, keptBy, source }: ProductionManifest): string {
  const at = new Date(generatedAt ?? keptAt).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  const by = source === "job" ? "kept by a job" : `uploaded by ${keptBy ?? "someone who has left"}`;
  return `Production of ${at}: ${nodes.toLocaleString()} nodes${dbtVersion ? `, dbt ${dbtVersion}` : ""}, ${by}`;
}
