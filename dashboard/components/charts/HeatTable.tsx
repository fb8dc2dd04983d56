'use client';

import { memo, useRef, useState, type FocusEvent, type KeyboardEvent, type ReactNode } from 'react';

import { move, type Cell } from '../../lib/format/grid';

export interface HeatCell {
  text: string;
  /** The whole sentence that the cell stands for, for screen readers. */
  sentence: string;
  /** Colour, 0 to 10. */
  step: number;
  /** Whether the number may still change: shown by a pattern and a mark. */
  open?: boolean;
  activate?: () => void;
}

export interface HeatRow {
  id: string;
  name: ReactNode;
  /** A column of its own before the cells, such as a size. */
  lead?: string;
  /** null for a cell that cannot have a number. */
  cells: readonly (HeatCell | null)[];
}

/**
 * A heatmap as a table: one tab stop, arrow keys inside, Home and End, Enter to open a cell. Numbers are in
 * the cells, and each cell is a sentence for screen readers.
 */
export function HeatTable({
  label,
  corner,
  lead,
  columns,
  rows,
}: {
  label: string;
  corner: string;
  lead?: string;
  columns: readonly ReactNode[];
  rows: readonly HeatRow[];
}) {
  const table = useRef<HTMLTableElement>(null);
  const [current, setCurrent] = useState<Cell>({ row: 0, column: 0 });
  const size = { rows: rows.length, columns: columns.length };
  const stop: Cell = {
    row: Math.min(current.row, size.rows - 1),
    column: Math.min(current.column, size.columns - 1),
  };

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Enter' || event.key === ' ') {
      const activate = rows[stop.row]?.cells[stop.column]?.activate;
      if (activate) {
        event.preventDefault();
        activate();
      }
      return;
    }
    const to = move(stop, event, size);
    if (to === null) return;
    event.preventDefault();
    table.current?.querySelector<HTMLElement>(`[data-cell="${to.row},${to.column}"]`)?.focus();
  }

  function onFocus(event: FocusEvent<HTMLElement>) {
    const [row, column] = (event.target.dataset.cell ?? '').split(',').map(Number);
    if (row !== undefined && column !== undefined) setCurrent({ row, column });
  }

  return (
    <div className="scroll">
      <table ref={table} className="heat" role="grid" aria-label={label} onKeyDown={onKeyDown} onFocus={onFocus}>
        <thead>
          <tr>
            <th scope="col">{corner}</th>
            {lead !== undefined && <th scope="col">{lead}</th>}
            {columns.map((column, index) => (
              <th scope="col" key={index}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <Row
              key={row.id}
              row={row}
              index={index}
              withLead={lead !== undefined}
              columns={columns.length}
              stop={stop.row === index ? stop.column : -1}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A row by itself: moving in the table draws the rows that are left and entered, and no other. */
const Row = memo(function Row({
  row,
  index,
  withLead,
  columns,
  stop,
}: {
  row: HeatRow;
  index: number;
  withLead: boolean;
  columns: number;
  /** The column of the tab stop; -1 where it is in another row. */
  stop: number;
}) {
  return (
    <tr>
      <th scope="row">{row.name}</th>
      {withLead && <td className="plain size">{row.lead}</td>}
      {Array.from({ length: columns }, (_, column) => {
        const cell = row.cells[column] ?? null;
        return (
          <td
            key={column}
            data-cell={`${index},${column}`}
            data-step={cell?.step}
            tabIndex={stop === column ? 0 : -1}
            className={
              cell === null ? 'plain' : [cell.open && 'open', cell.activate && 'link'].filter(Boolean).join(' ')
            }
            aria-label={cell ? `${cell.text}: ${cell.sentence}` : 'Nothing here'}
            onClick={cell?.activate}
          >
            {cell?.text}
            {cell?.open && <span aria-hidden="true">*</span>}
          </td>
        );
      })}
    </tr>
  );
});
