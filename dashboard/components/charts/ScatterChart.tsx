'use client';

import { ticks } from 'd3-array';
import { useState } from 'react';

import styles from './ScatterChart.module.css';

export interface Point {
  id: string;
  name: string;
  x: number;
  y: number;
  /** The interval of `y`. */
  low?: number;
  high?: number;
  shown: string;
}

export interface Axis {
  name: string;
  from: number;
  to: number;
  format(value: number): string;
}

const WIDTH = 900;
const HEIGHT = 340;
const LEFT = 64;
const RIGHT = 20;
const TOP = 12;
const BOTTOM = 48;

/** Points with their intervals. The same numbers stand in the table beside it, which is for everybody. */
export function ScatterChart({
  label,
  points,
  x,
  y,
  line,
}: {
  label: string;
  points: readonly Point[];
  x: Axis;
  y: Axis;
  /** What to compare with: the diagonal, or one value of `y`. */
  line: 'diagonal' | number;
}) {
  const [pointed, setPointed] = useState<Point | null>(null);
  const atX = (value: number) => LEFT + ((value - x.from) / (x.to - x.from)) * (WIDTH - LEFT - RIGHT);
  const atY = (value: number) => HEIGHT - BOTTOM - ((value - y.from) / (y.to - y.from)) * (HEIGHT - TOP - BOTTOM);
  const [lineFrom, lineTo] = line === 'diagonal' ? [y.from, y.to] : [line, line];
  return (
    <figure className={styles.chart}>
      <figcaption aria-hidden="true" className={styles.pointed}>
        {pointed ? (
          <>
            <bdi>{pointed.name}</bdi> <b>{pointed.shown}</b>
          </>
        ) : (
          '\u00a0'
        )}
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${label}: see the table`}>
        {ticks(y.from, y.to, 5).map((step) => (
          <g key={step}>
            <line x1={LEFT} x2={WIDTH - RIGHT} y1={atY(step)} y2={atY(step)} className={styles.grid} />
            <text x={LEFT - 10} y={atY(step) + 4} textAnchor="end">
              {y.format(step)}
            </text>
          </g>
        ))}
        {ticks(x.from, x.to, 6).map((step) => (
          <text key={step} x={atX(step)} y={HEIGHT - BOTTOM + 20} textAnchor="middle">
            {x.format(step)}
          </text>
        ))}
        <text x={WIDTH - RIGHT} y={HEIGHT - 6} textAnchor="end">
          {x.name}
        </text>
        <text x={LEFT} y={HEIGHT - 6}>
          ↑ {y.name}
        </text>
        <line x1={atX(x.from)} y1={atY(lineFrom)} x2={atX(x.to)} y2={atY(lineTo)} className={styles.line} />
        {points.map((point) => (
          <g key={point.id} onPointerEnter={() => setPointed(point)} onPointerLeave={() => setPointed(null)}>
            {point.low !== undefined && point.high !== undefined && (
              <line x1={atX(point.x)} x2={atX(point.x)} y1={atY(point.low)} y2={atY(point.high)} className={styles.interval} />
            )}
            <circle cx={atX(point.x)} cy={atY(point.y)} r="6" className={styles.point} />
          </g>
        ))}
      </svg>
    </figure>
  );
}
