'use client';

import { useEffect, useRef, type ReactNode } from 'react';

import { move } from '../lib/format/grid';

/**
 * A box with a table that scrolls sideways by itself, by keyboard too, so that the page never has to. Tab
 * stops at one row's links and buttons, and arrow keys lead from them to those of other rows.
 */
export function Scroll({ label, children }: { label: string; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const stop = useRef(0);

  // Any render may bring other rows.
  useEffect(() => {
    if (box.current) stopAt(box.current, stop.current);
  });

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    function placeOf(target: EventTarget | null) {
      const rows = controlsByRow(element!);
      const row = rows.findIndex((controls) => controls.some((control) => control === target));
      return { rows, row, column: rows[row]?.findIndex((control) => control === target) ?? -1 };
    }
    function onFocus({ target }: FocusEvent) {
      const { row } = placeOf(target);
      if (row < 0) return;
      stop.current = row;
      stopAt(element!, row);
    }
    function onKey(event: KeyboardEvent) {
      const { rows, row, column } = placeOf(event.target);
      if (row < 0) return;
      const to = move({ row, column }, event, { rows: rows.length, columns: rows[row]!.length });
      if (to === null || (to.row === row && to.column === column)) return;
      event.preventDefault();
      (rows[to.row]![to.column] ?? rows[to.row]![0]!).focus();
    }
    element.addEventListener('focusin', onFocus);
    element.addEventListener('keydown', onKey);
    return () => {
      element.removeEventListener('focusin', onFocus);
      element.removeEventListener('keydown', onKey);
    };
  }, []);

  return (
    <div ref={box} className="scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

/** The links and buttons of each row that has any. */
function controlsByRow(box: HTMLElement): HTMLElement[][] {
  return [...box.querySelectorAll('tbody tr')]
    .map((row) => [...row.querySelectorAll<HTMLElement>('a[href], button:enabled')])
    .filter((controls) => controls.length > 0);
}

/** Lets Tab reach the controls of one row alone; the box itself where no row has any. */
function stopAt(box: HTMLElement, row: number): void {
  const rows = controlsByRow(box);
  const stop = Math.min(row, rows.length - 1);
  box.tabIndex = rows.length > 0 ? -1 : 0;
  rows.forEach((controls, index) => {
    for (const control of controls) control.tabIndex = index === stop ? 0 : -1;
  });
}
