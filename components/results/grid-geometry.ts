/** Sizes of the grid in CSS pixels. */
export const rowHeight = 24;
export const headerHeight = 40;
export const filterHeight = 30;
export const minimumColumnWidth = 48;
/** Browsers stop laying out elements near 33.5 million pixels; taller results are scrolled in proportion. */
export const maximumCanvasHeight = 30_000_000;

/** Which slice of `count` items of equal height is on screen. */
export interface RowSlice {
  first: number;
  last: number;
  /** Top of the first row within the canvas. */
  top: number;
}

export function canvasHeight(rows: number): number {
  return Math.min(rows * rowHeight, maximumCanvasHeight);
}

/** Rows on screen for a scroll position, with `overscan` more on either side. `height` is that of the rows' viewport. */
export function visibleRows(scrollTop: number, height: number, rows: number, overscan = 6): RowSlice {
  const onScreen = Math.ceil(height / rowHeight) + 1;
  const full = rows * rowHeight;
  const canvas = canvasHeight(rows);
  if (full <= canvas) {
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - overscan);
    return { first, last: Math.min(rows - 1, first + onScreen + 2 * overscan), top: first * rowHeight };
  }
  const share = canvas > height ? Math.min(1, Math.max(0, scrollTop / (canvas - height))) : 0;
  const topRow = share * Math.max(0, rows - height / rowHeight);
  const whole = Math.floor(topRow);
  const first = Math.max(0, whole - overscan);
  return {
    first,
    last: Math.min(rows - 1, whole + onScreen + overscan),
    top: scrollTop - (topRow - first) * rowHeight,
  };
}

/** Scroll position that brings `row` on screen, or the present one when it is already there. */
export function scrollTopFor(
  row: number,
  scrollTop: number,
  { height, rows }: { height: number; rows: number },
): number {
  const full = rows * rowHeight;
  const canvas = canvasHeight(rows);
  if (full <= canvas) {
    if (row * rowHeight < scrollTop) return row * rowHeight;
    const bottom = (row + 1) * rowHeight - height;
    return Math.max(bottom, scrollTop);
  }
  const { first, last } = visibleRows(scrollTop, height, rows, 0);
  if (row > first && row < last - 1) return scrollTop;
  const topRow = row <= first ? row : row - height / rowHeight + 1;
  return (Math.max(0, topRow) / Math.max(1, rows - height / rowHeight)) * (canvas - height);
}

/** Left edge of each column, and the whole width last. */
export function columnOffsets(widths: readonly number[]): number[] {
  const offsets = [0];
  for (const width of widths) offsets.push((offsets.at(-1) ?? 0) + width);
  return offsets;
}

/** First and last column that touch the viewport. */
export function visibleColumns(
  offsets: readonly number[],
  scrollLeft: number,
  width: number,
): { first: number; last: number } {
  const count = offsets.length - 1;
  let first = 0;
  while (first < count - 1 && (offsets[first + 1] ?? 0) <= scrollLeft) first++;
  let last = first;
  while (last < count - 1 && (offsets[last + 1] ?? 0) < scrollLeft + width) last++;
  return { first: Math.max(0, first - 1), last: Math.min(count - 1, last + 1) };
}

/** A width that fits the header and the first rows' text in a monospace font of about 7.3 px a character. */
export function fittingWidth(header: string, type: string, texts: readonly (string | null)[]): number {
  const longest = Math.max(header.length + 3, type.length + 2, ...texts.map((text) => Math.min(text?.length ?? 4, 60)));
  return Math.min(440, Math.max(72, Math.round(longest * 7.3) + 20));
}
