import { useEffect, useRef, useState } from "react";
import type { ResultStore } from "./result-store";

/** Cells are fetched from the worker and kept in blocks of this size. */
const blockRows = 128;
const blockColumns = 32;
const maximumBlocks = 400;

interface Area {
  firstRow: number;
  lastRow: number;
  firstColumn: number;
  lastColumn: number;
}

/**
 * Text of the cells on screen, from the worker. `text(row, column)` is undefined until a cell has arrived.
 * Blocks are dropped when `generation` changes and, oldest first, when there are many; a block that was fetched while
 * it was not yet full is fetched again when more rows have come.
 */
export function useCells(store: ResultStore, area: Area, version: { generation: number; rows: number }) {
  const blocks = useRef(new Map<string, { cells: (string | null)[][]; full: boolean }>());
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
        store
          .window({
            firstRow,
            lastRow: firstRow + blockRows - 1,
            firstColumn,
            lastColumn: firstColumn + blockColumns - 1,
          })
          .then((window) => {
            if (window === null || generation.current !== current) return;
            blocks.current.set(key, { cells: window.cells, full: window.cells.length === blockRows });
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
  }, [store, area.firstRow, area.lastRow, area.firstColumn, area.lastColumn, version.generation, version.rows]);

  return (row: number, column: number): string | null | undefined => {
    const block = blocks.current.get(`${Math.floor(row / blockRows)}:${Math.floor(column / blockColumns)}`);
    const line = block?.cells[row % blockRows];
    return line === undefined ? undefined : line[column % blockColumns];
  };
}
