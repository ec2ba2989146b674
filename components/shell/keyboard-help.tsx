"use client";
import { Dialog, Keys } from "@/components/ui";
import { commands, formatKeys, isApple } from "./key-map";

/** Keys that are no commands of the table. */
const inPanels = [
  ["Cancel the running preview", ["Esc"]],
  ["Look at a cell of the result in full", ["Enter"]],
  ["Edit a cell of a CSV table", ["Enter", "F2"]],
  ["Insert a row into a CSV table", ["Alt-Enter"]],
] as const;
const cursors = [
  ["Add a cursor", ["Alt-Click"]],
  ["Select a column of text", ["Shift-Alt-Drag"]],
] as const;

function Extras({ entries }: { entries: readonly (readonly [string, readonly string[]])[] }) {
  return (
    <dl>
      {entries.map(([title, keys]) => (
        <div key={title} className="flex items-center justify-between gap-4 py-0.5">
          <dt className="text-muted">{title}</dt>
          <dd className="flex gap-1">
            {keys.map((one) => (
              <Keys key={one} keys={formatKeys(one, isApple())} />
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** All commands that have keys, by group. */
export function KeyboardHelp({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const groups = [...new Set(commands.map((command) => command.group))];
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keyboard shortcuts" size="large">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard. */}
      <div tabIndex={0} className="columns-2 gap-8 outline-none">
        {groups.map((group) => (
          <section key={group} className="mb-4 break-inside-avoid">
            <h3 className="mb-1 font-semibold">{group}</h3>
            <dl>
              {commands
                .filter((command) => command.group === group && command.keys.length > 0)
                .map((command) => (
                  <div key={command.id} className="flex items-center justify-between gap-4 py-0.5">
                    <dt className="text-muted">{command.title}</dt>
                    <dd className="flex gap-1">
                      {command.keys.map((keys) => (
                        <Keys key={keys} keys={formatKeys(keys, isApple())} />
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
        <section className="mb-4 break-inside-avoid">
          <h3 className="mb-1 font-semibold">In panels</h3>
          <Extras entries={inPanels} />
        </section>
        <section className="mb-4 break-inside-avoid">
          <h3 className="mb-1 font-semibold">Several cursors, by mouse</h3>
          <Extras entries={cursors} />
        </section>
      </div>
    </Dialog>
  );
}
