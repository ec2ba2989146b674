import type { ReactNode } from "react";
import { classNames, Tooltip } from "@/components/ui";

export interface Activity<Id extends string> {
  id: Id;
  label: string;
  keys?: string | undefined;
  icon: ReactNode;
  /** A count in the corner; zero shows nothing. */
  count?: number;
}

/** The icons at the left edge: which view the side bar shows. Choosing the shown one closes the side bar. */
export function ActivityBar<Id extends string>({
  items,
  active,
  onSelect,
}: {
  items: readonly Activity<Id>[];
  active: Id | null;
  onSelect: (id: Id) => void;
}) {
  return (
    <nav
      aria-label="Views"
      className="flex w-11 shrink-0 flex-col items-center gap-1 border-r border-line bg-sunken py-1.5"
    >
      {items.map((item) => (
        <Tooltip key={item.id} text={item.label} keys={item.keys} side="right">
          <button
            type="button"
            aria-label={item.count ? `${item.label}, ${item.count}` : item.label}
            aria-pressed={active === item.id}
            onClick={() => onSelect(item.id)}
            className={classNames(
              "relative flex size-9 items-center justify-center rounded-[6px] text-faint hover:text-ink [&_svg]:size-5",
              active === item.id &&
                "bg-hover text-ink before:absolute before:inset-y-1.5 before:-left-1 before:w-0.5 before:rounded before:bg-accent",
            )}
          >
            {item.icon}
            {item.count ? (
              <span
                aria-hidden
                className="absolute right-0 bottom-0 min-w-4 rounded-full bg-accent-solid px-1 text-center text-[10px] leading-4 font-semibold text-on-accent"
              >
                {item.count > 99 ? "99+" : item.count}
              </span>
            ) : null}
          </button>
        </Tooltip>
      ))}
    </nav>
  );
}
