/** A keyboard shortcut as text, e.g. `Ctrl-Shift-P`. */
export function Keys({ keys }: { keys: string }) {
  return (
    <kbd className="rounded-[3px] border border-line bg-sunken px-1 font-sans text-[11px] leading-4 text-muted whitespace-nowrap">
      {keys}
    </kbd>
  );
}
