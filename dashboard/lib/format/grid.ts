/** A cell of a table: its row and column, from 0. */
export interface Cell {
  row: number;
  column: number;
}

/** A key as an event of the browser says it. */
export type Pressed = Pick<KeyboardEvent, 'key' | 'altKey' | 'shiftKey' | 'ctrlKey' | 'metaKey'>;

/**
 * The cell that a key leads to in a table of this size, or null for a key that moves nowhere. With Ctrl or ⌘,
 * Home and End lead to the first and last cell; other keys with modifiers, such as Alt+←, are the browser's.
 */
export function move(
  { row, column }: Cell,
  { key, altKey, shiftKey, ctrlKey, metaKey }: Pressed,
  { rows, columns }: { rows: number; columns: number },
): Cell | null {
  const ctrl = ctrlKey || metaKey;
  if (altKey || shiftKey || (ctrl && key !== 'Home' && key !== 'End')) return null;
  const within = (value: number, count: number) => Math.min(Math.max(value, 0), count - 1);
  const at = (toRow: number, toColumn: number): Cell => ({
    row: within(toRow, rows),
    column: within(toColumn, columns),
  });
  switch (key) {
    case 'ArrowUp':
      return at(row - 1, column);
    case 'ArrowDown':
      return at(row + 1, column);
    case 'ArrowLeft':
      return at(row, column - 1);
    case 'ArrowRight':
      return at(row, column + 1);
    case 'PageUp':
      return at(row - 10, column);
    case 'PageDown':
      return at(row + 10, column);
    case 'Home':
      return at(ctrl ? 0 : row, 0);
    case 'End':
      return at(ctrl ? rows - 1 : row, columns - 1);
    default:
      return null;
  }
}
