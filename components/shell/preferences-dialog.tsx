"use client";
import { type ReactNode, useState } from "react";
import { Dialog, Input, Select, Switch } from "@/components/ui";
import { densities, themes } from "./appearance";
import { keyMaps, preferences } from "./preferences";
import { useStore } from "./store";
import { setDensity, setTheme, useAppearance } from "./use-appearance";

function Row({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="flex min-h-9 items-center justify-between gap-6 border-b border-line py-1 last:border-0">
      <span>{title}</span>
      {children}
    </div>
  );
}

/** A number that counts as soon as it is within its bounds; what is being typed stays, and gives way when the field is left. */
function NumberField({
  label,
  value,
  min,
  max,
  step = 1,
  onChange,
}: {
  label: string;
  value: number;
  min: number;
  max: number;
  step?: number;
  onChange: (value: number) => void;
}) {
  const [draft, setDraft] = useState<string | null>(null);
  return (
    <Input
      type="number"
      aria-label={label}
      className="w-24"
      value={draft ?? value}
      min={min}
      max={max}
      step={step}
      aria-invalid={draft !== null && !(Number(draft) >= min && Number(draft) <= max) ? true : undefined}
      onBlur={() => setDraft(null)}
      onChange={(event) => {
        setDraft(event.target.value);
        const next = event.target.valueAsNumber;
        if (next >= min && next <= max) {
          onChange(next);
        }
      }}
    />
  );
}

const themeNames = { system: "As the system", light: "Light", dark: "Dark" };
const keyMapNames = { vscode: "VS Code", vim: "Vim" };
const densityNames = { calm: "Calm", dense: "Dense" };

/** Choices that take effect at once and are remembered for the person. */
export function PreferencesDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const store = preferences();
  const chosen = useStore(store);
  const { theme, density } = useAppearance();
  const change = (part: Partial<typeof chosen>) => store.update((value) => ({ ...value, ...part }));
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Preferences"
      description="They take effect at once, and are yours in every browser."
    >
      <Row title="Theme">
        <Select
          label="Theme"
          className="w-40"
          value={theme}
          onChange={setTheme}
          options={themes.map((value) => ({ value, label: themeNames[value] }))}
        />
      </Row>
      <Row title="Density">
        <Select
          label="Density"
          className="w-40"
          value={density}
          onChange={setDensity}
          options={densities.map((value) => ({ value, label: densityNames[value] }))}
        />
      </Row>
      <Row title="Autosave">
        <Select
          label="Autosave"
          className="w-40"
          value={chosen.autosave}
          onChange={(autosave) => change({ autosave })}
          options={[
            { value: "off", label: "Off" },
            { value: "afterDelay", label: "After a pause" },
          ]}
        />
      </Row>
      {chosen.autosave === "afterDelay" && (
        <Row title="Seconds of pause before autosave">
          <NumberField
            label="Seconds of pause before autosave"
            value={chosen.autosaveSeconds}
            min={0.5}
            max={60}
            step={0.5}
            onChange={(autosaveSeconds) => change({ autosaveSeconds })}
          />
        </Row>
      )}
      <Row title="Keys in the editor">
        <Select
          label="Keys in the editor"
          className="w-40"
          value={chosen.keyMap}
          onChange={(keyMap) => change({ keyMap })}
          options={keyMaps.map((value) => ({ value, label: keyMapNames[value] }))}
        />
      </Row>
      <Row title="Editor font">
        <Input
          aria-label="Editor font"
          className="w-40"
          placeholder="Monospace"
          value={chosen.fontFamily}
          maxLength={100}
          onChange={(event) => change({ fontFamily: event.target.value })}
        />
      </Row>
      <Row title="Editor font size">
        <NumberField
          label="Editor font size"
          value={chosen.fontSize}
          min={9}
          max={28}
          onChange={(fontSize) => change({ fontSize })}
        />
      </Row>
      <Row title="Tab size">
        <NumberField
          label="Tab size"
          value={chosen.tabSize}
          min={1}
          max={8}
          onChange={(tabSize) => change({ tabSize })}
        />
      </Row>
      <Row title="Word wrap">
        <Switch label="Word wrap" checked={chosen.wordWrap} onCheckedChange={(wordWrap) => change({ wordWrap })} />
      </Row>
      <Row title="Format when saving">
        <Switch
          label="Format when saving"
          checked={chosen.formatOnSave}
          onCheckedChange={(formatOnSave) => change({ formatOnSave })}
        />
      </Row>
      <Row title="Minimap">
        <Switch label="Minimap" checked={chosen.minimap} onCheckedChange={(minimap) => change({ minimap })} />
      </Row>
    </Dialog>
  );
}
