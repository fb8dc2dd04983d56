'use client';

import { ticks } from 'd3-array';
import { useState } from 'react';

import styles from './BarChart.module.css';
import { Scroll } from '../Scroll';

export interface Bar {
  id: string;
  name: string;
  value: number;
  shown: string;
  /** Whether it may still grow: hatched. */
  open?: boolean;
  /** Further columns of the table. */
  further?: readonly string[];
}

const WIDTH = 900;
const HEIGHT = 220;
const LEFT = 64;
const BOTTOM = 26;
const TOP = 10;

/** Bars with an axis, and a table of the same numbers below. */
export function BarChart({
  label,
  bars,
  columns,
  axis,
}: {
  label: string;
  bars: readonly Bar[];
  columns: readonly string[];
  axis(value: number): string;
}) {
  const [pointed, setPointed] = useState<Bar | null>(null);
  const steps = ticks(Math.min(0, ...bars.map(({ value }) => value)), Math.max(1, ...bars.map(({ value }) => value)), 4);
  const highest = Math.max(steps.at(-1) ?? 1, ...bars.map(({ value }) => value));
  const lowest = Math.min(0, ...bars.map(({ value }) => value));
  const y = (value: number) =>
    TOP + ((highest - value) / (highest - lowest)) * (HEIGHT - TOP - BOTTOM);
  const band = (WIDTH - LEFT) / bars.length;
  const labelled = Math.ceil(bars.length / 5);
  return (
    <figure className={styles.chart}>
      <figcaption aria-hidden="true" className={styles.pointed}>
        {pointed ? (
          <>
            {pointed.name} <b>{pointed.shown}</b>
          </>
        ) : (
          ' '
        )}
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${label}: see the table below`}>
        <defs>
          <pattern id="open" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="3" height="6" className={styles.bar} />
          </pattern>
        </defs>
        {steps.map((step) => (
          <g key={step}>
            <line x1={LEFT} x2={WIDTH} y1={y(step)} y2={y(step)} className={styles.line} />
            <text x={LEFT - 10} y={y(step) + 4} textAnchor="end">
              {axis(step)}
            </text>
          </g>
        ))}
        {bars.map((bar, index) => (
          <g key={bar.id} onPointerEnter={() => setPointed(bar)} onPointerLeave={() => setPointed(null)}>
            <rect x={LEFT + index * band} y={TOP} width={band} height={HEIGHT - TOP - BOTTOM} fill="transparent" />
            <rect
              x={LEFT + index * band + band * 0.14}
              width={band * 0.72}
              y={y(Math.max(0, bar.value))}
              height={Math.abs(y(bar.value) - y(0))}
              rx="3"
              className={bar.open ? styles.open : styles.bar}
            />
            {index % labelled === 0 && (
              <text x={LEFT + (index + 0.5) * band} y={HEIGHT - 6} textAnchor="middle">
                {bar.name.replace(/,? \d{4}$/, '')}
              </text>
            )}
          </g>
        ))}
      </svg>
      <details>
        <summary>The same as a table</summary>
        <Scroll label={`${label}, as a table`}>
          <table className="table">
            <thead>
              <tr>
                {columns.map((column, index) => (
                  <th scope="col" key={column} className={index > 0 ? 'number' : undefined}>
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {bars.map((bar) => (
                <tr key={bar.id}>
                  <th scope="row">{bar.name}</th>
                  <td className="number">{bar.shown}</td>
                  {bar.further?.map((text, index) => (
                    <td className="number" key={index}>
                      {text}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </details>
    </figure>
  );
}
