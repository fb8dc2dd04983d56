import { line } from 'd3-shape';

import { Known } from '../../components/Known';
import { Scroll } from '../../components/Scroll';
import type { Schemas } from '../../lib/api/client';
import type { Formats } from '../../lib/format/format';
import styles from './thresholds.module.css';

const WIDTH = 720;
const HEIGHT = 230;
const LEFT = 44;
const BOTTOM = 28;
const TOP = 36;

/** How likely a customer who has been away for so long is to order again, and the bounds in force. */
export function ReturnCurve({
  points,
  marks,
  withinDays,
  formats,
}: {
  points: readonly Schemas['CurvePoint'][];
  marks: readonly { label: string; days: number }[];
  withinDays: number;
  formats: Formats;
}) {
  const measured = points.filter((point) => point.returnProbability !== null);
  if (measured.length < 2) return <p className="quiet">Too few returns for a curve.</p>;
  const last = Math.max(...measured.map(({ days }) => days), ...marks.map(({ days }) => days));
  const x = (days: number) => LEFT + ((WIDTH - LEFT - 12) * days) / last;
  const y = (share: number) => HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share;
  const path = line<Schemas['CurvePoint']>()
    .x(({ days }) => x(days))
    .y(({ returnProbability }) => y(returnProbability?.value ?? 0));
  return (
    <figure className={styles.curve}>
      <figcaption>Chance of an order within {withinDays} days, by days since the last one</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line x1={LEFT} x2={WIDTH} y1={y(share)} y2={y(share)} className={styles.grid} />
            <text x={LEFT - 8} y={y(share) + 4} textAnchor="end">
              {formats.share(share, 0)}
            </text>
          </g>
        ))}
        {marks.map(({ label, days }, index) => (
          <g key={label}>
            <line x1={x(days)} x2={x(days)} y1={TOP} y2={HEIGHT - BOTTOM} className={styles.mark} />
            <text x={Math.min(x(days), WIDTH - 50)} y={TOP - 22 + (index % 2) * 15} textAnchor="middle">
              {label}
            </text>
            <text x={x(days)} y={HEIGHT - 8} textAnchor="middle">
              {days}
            </text>
          </g>
        ))}
        <path d={path(measured) ?? ''} className={styles.line} />
      </svg>
      <details>
        <summary>The same as a table</summary>
        <Scroll label="Table of the curve">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Days since the last order</th>
                <th scope="col" className="number">
                  Still away
                </th>
                <th scope="col" className="number">
                  Chance of an order
                </th>
              </tr>
            </thead>
            <tbody>
              {points
                .filter(({ days }) => days % 15 === 0)
                .map(({ days, away, returnProbability }) => (
                  <tr key={days}>
                    <th scope="row">{days}</th>
                    <td className="number">{formats.share(away)}</td>
                    <td className="number">
                      <Known
                        value={returnProbability?.value}
                        format={formats.share}
                        otherwise="Too few were away for so long"
                      />
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
        </Scroll>
      </details>
    </figure>
  );
}
