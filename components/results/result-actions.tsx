import { Copy, Download } from "lucide-react";
import { IconButton, Menu, MenuGroup, MenuItem } from "@/components/ui";
import { type CopyFormat, copyFormatLabels, copyFormats } from "./copy-formats";
import { type ExportFormat, exportFormats } from "./result-messages";

/** The ways to copy cells. */
export function CopyMenu({
  disabled,
  onCopy,
}: {
  disabled: boolean;
  onCopy: (format: CopyFormat, whole: boolean, withHeader: boolean) => void;
}) {
  return (
    <Menu
      align="end"
      trigger={<IconButton label={disabled ? "Copying is switched off" : "Copy"} icon={<Copy />} disabled={disabled} />}
    >
      <MenuGroup label="Selected cells">
        {copyFormats.map((format) => (
          <MenuItem key={format} onSelect={() => onCopy(format, false, format !== "in")}>
            {copyFormatLabels[format]}
          </MenuItem>
        ))}
      </MenuGroup>
      <MenuGroup label="All rows">
        {copyFormats
          .filter((format) => format !== "in")
          .map((format) => (
            <MenuItem key={format} onSelect={() => onCopy(format, true, true)}>
              {copyFormatLabels[format]}
            </MenuItem>
          ))}
      </MenuGroup>
    </Menu>
  );
}

const exportNames: Record<ExportFormat, string> = { csv: "CSV", json: "JSON", parquet: "Parquet" };

/** The files that a result can become. */
export function ExportMenu({ disabled, onExport }: { disabled: boolean; onExport: (format: ExportFormat) => void }) {
  return (
    <Menu
      align="end"
      trigger={
        <IconButton label={disabled ? "Export is switched off" : "Export"} icon={<Download />} disabled={disabled} />
      }
    >
      {exportFormats.map((format) => (
        <MenuItem key={format} onSelect={() => onExport(format)}>
          Export {exportNames[format]}
        </MenuItem>
      ))}
    </Menu>
  );
}

/** Gives a file to the person, under a name made of what it shows. */
export function saveFile(blob: Blob, subject: string, extension: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${subject.replace(/\.\w+$/, "").replace(/[^\w.-]+/g, "_")}.${extension}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
