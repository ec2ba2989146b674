import { useEffect, useRef, useState } from "react";
import type { CellRange, CellWindow, RowMark } from "./table-view";

/** Cells are fetched from the worker and kept in blocks of this size. */
const blockRows = 128;
const blockColumns = 32;
const maximumBlocks = 400;

/** What is known of the cells; undefined until a cell has arrived. */
export interface Cells {
  text(row: number, column: number): string | null | undefined;
  /** In a comparison, the text before; undefined where nothing changed. */
  before(row: number, column: number): string | null | undefined;
  mark(row: number): RowMark | undefined;
}

/**
 * The cells on screen, from the worker that holds them.
 * Blocks are dropped when `generation` changes and, oldest first, when there are many; a block that was fetched while
 * it was not yet full is fetched again when more rows have come.
 */
export function useCells(
  fetchWindow: (range: CellRange) => Promise<CellWindow>,
  area: CellRange,
  version: { generation: number; rows: number },
): Cells {
  const blocks = useRef(new Map<string, CellWindow & { full: boolean }>());
  const fetching = useRef(fetchWindow);
  useEffect(() => {
    fetching.current = fetchWindow;
  });
  const loading = useRef(new Set<string>());
  const generation = useRef(version.generation);
  const [, setFetched] = useState(0);

  if (generation.current !== version.generation) {
    generation.current = version.generation;
    blocks.current.clear();
    loading.current.clear();
  }

  useEffect(() => {
    if (version.rows === 0 || area.lastColumn < 0) return;
    const current = version.generation;
    for (let blockRow = Math.floor(area.firstRow / blockRows); blockRow * blockRows <= area.lastRow; blockRow++) {
      for (
        let blockColumn = Math.floor(area.firstColumn / blockColumns);
        blockColumn * blockColumns <= area.lastColumn;
        blockColumn++
      ) {
        const key = `${blockRow}:${blockColumn}`;
        const known = blocks.current.get(key);
        const available = Math.min(blockRows, version.rows - blockRow * blockRows);
        if (
          available <= 0 ||
          loading.current.has(key) ||
          known?.full ||
          (known !== undefined && known.cells.length >= available)
        )
          continue;
        loading.current.add(key);
        const firstRow = blockRow * blockRows;
        const firstColumn = blockColumn * blockColumns;
        fetching
          .current({
            firstRow,
            lastRow: firstRow + blockRows - 1,
            firstColumn,
            lastColumn: firstColumn + blockColumns - 1,
          })
          .then((window) => {
            if (generation.current !== current) return;
            blocks.current.set(key, { ...window, full: window.cells.length === blockRows });
            for (const old of blocks.current.keys()) {
              if (blocks.current.size <= maximumBlocks) break;
              blocks.current.delete(old);
            }
            setFetched((count) => count + 1);
          })
          // A result that was replaced meanwhile rejects what was asked of it; its successor is asked anew.
          .catch((error: unknown) => console.debug("A window of cells was dropped.", error))
          .finally(() => {
            if (generation.current === current) loading.current.delete(key);
          });
      }
    }
  }, [area.firstRow, area.lastRow, area.firstColumn, area.lastColumn, version.generation, version.rows]);

  const blockOf = (row: number, column: number) =>
    blocks.current.get(`${Math.floor(row / blockRows)}:${Math.floor(column / blockColumns)}`);
  return {
    text: (row, column) => blockOf(row, column)?.cells[row % blockRows]?.[column % blockColumns],
    before: (row, column) => blockOf(row, column)?.before?.[row % blockRows]?.[column % blockColumns],
    mark: (row) => blockOf(row, area.firstColumn)?.marks?.[row % blockRows],
  };
}
