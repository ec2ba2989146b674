import { Search } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { Keys } from "@/components/ui";

/** The product's sign: a mill wheel in one stroke. */
export function Mark({ className = "size-5" }: { className?: string }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 24 24"
      className={className}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
    >
      <circle cx="12" cy="12" r="6.2" />
      <circle cx="12" cy="12" r="1.4" />
      <path d="M12 2.2v7M12 14.8v7M2.2 12h7M14.8 12h7M5.1 5.1l4.9 4.9M14 14l4.9 4.9M18.9 5.1 14 10M10 14l-4.9 4.9" />
    </svg>
  );
}

export interface TopBarProps {
  /** After the product's name: project and branch. */
  start?: ReactNode;
  /** Opens the palette; without it there is no search field. */
  onSearch?: () => void;
  searchKeys?: string | undefined;
  end?: ReactNode;
}

/** The line at the top of every signed-in page. */
export function TopBar({ start, onSearch, searchKeys, end }: TopBarProps) {
  return (
    <header className="grid h-10 shrink-0 grid-cols-[1fr_auto_1fr] items-center gap-3 border-b border-line bg-panel px-2.5">
      <div className="flex min-w-0 items-center gap-1">
        <Link href="/" className="flex items-center gap-1.5 rounded-[4px] px-1 font-semibold hover:bg-hover">
          <Mark className="size-5 text-accent" />
          Millrace
        </Link>
        {start}
      </div>
      {onSearch ? (
        <button
          type="button"
          onClick={onSearch}
          className="flex h-7 w-[clamp(220px,34vw,460px)] items-center gap-2 rounded-[6px] border border-line bg-canvas px-2.5 text-muted hover:border-line-strong"
        >
          <Search aria-hidden className="size-3.5" />
          <span className="flex-1 truncate text-left">Go to file, symbol or command</span>
          {searchKeys && <Keys keys={searchKeys} />}
        </button>
      ) : (
        <span />
      )}
      <div className="flex min-w-0 items-center justify-end gap-2">{end}</div>
    </header>
  );
}
