'use client';

import { useState } from 'react';

import { Choice } from '../../../components/Choice';
import { Empty } from '../../../components/Empty';
import { HeatTable } from '../../../components/charts/HeatTable';
import { Nightly } from '../../../components/Nightly';
import { NumberHeads } from '../../../components/NumberHeads';
import { Scroll } from '../../../components/Scroll';
import { answered, type Schemas } from '../../../lib/api/client';
import { useAnswer } from '../../../lib/api/useAnswer';
import type { Formats } from '../../../lib/format/format';
import { stepOf } from '../../../lib/format/heat';

const SCORES = [1, 2, 3, 4, 5] as const;
const MONETARY = [
  [0, 'All'],
  [5, '5, the most'],
  [4, '4'],
  [3, '3'],
  [2, '2'],
  [1, '1, the least'],
] as const;
const DIMENSIONS: Readonly<Record<Schemas['Dimension'], string>> = {
  recency: 'Days since the last order',
  frequency: 'Orders',
  monetary: 'Spent',
};

/** Customers by how recently, how often and for how much they buy, in fifths. */
export function Rfm({ formats }: { formats: Formats }) {
  const [monetary, setMonetary] = useState<0 | 1 | 2 | 3 | 4 | 5>(0);
  const answer = useAnswer('rfm', (api, signal) => answered(api.GET('/v1/analytics/rfm', { signal })));
  return (
    <Nightly
      id="rfm"
      title="Recency, frequency, amount"
      note="Customers by score, 5 is best: rows are how recently they ordered, columns how often."
      controls={<Choice name="Amount score" value={monetary} options={MONETARY} onChange={setMonetary} />}
      answer={answer}
      result="rfm"
      formats={formats}
      footer={(found) => found.customers !== null && <span>{formats.count(found.customers)} customers</span>}
    >
      {(found) =>
        found.cells &&
        (found.cells.length === 0 ? (
          <Empty>Nobody has ordered yet.</Empty>
        ) : (
          <div className="inside stack">
            <Scores cells={found.cells.filter((cell) => monetary === 0 || cell.monetary === monetary)} formats={formats} />
            {found.bands && (
              <details>
                <summary>What the scores mean</summary>
                <Bands bands={found.bands} formats={formats} />
              </details>
            )}
          </div>
        ))
      }
    </Nightly>
  );
}

function Scores({ cells, formats }: { cells: readonly Schemas['RfmCell'][]; formats: Formats }) {
  const at = (recency: number, frequency: number) => {
    const found = cells.filter((cell) => cell.recency === recency && cell.frequency === frequency);
    const sum = (of: (cell: Schemas['RfmCell']) => number) => found.reduce((total, cell) => total + of(cell), 0);
    return { customers: sum((cell) => cell.customers), revenue: sum((cell) => cell.revenue) };
  };
  const most = Math.max(0, ...SCORES.flatMap((recency) => SCORES.map((frequency) => at(recency, frequency).customers)));
  return (
    <HeatTable
      label="Customers by recency and frequency"
      corner="Recency"
      columns={SCORES.map((score) => `Frequency ${score}`)}
      rows={SCORES.toReversed().map((recency) => ({
        id: String(recency),
        name: `Recency ${recency}`,
        cells: SCORES.map((frequency) => {
          const { customers, revenue } = at(recency, frequency);
          return {
            text: customers === 0 ? '·' : formats.count(customers),
            step: stepOf(customers, most),
            sentence:
              `recency ${recency}, frequency ${frequency}: ${formats.count(customers)} customers, ` +
              `${formats.money(revenue)} so far`,
          };
        }),
      }))}
    />
  );
}

function Bands({ bands, formats }: { bands: readonly Schemas['ScoreBand'][]; formats: Formats }) {
  return (
    <Scroll label="Table of scores">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Dimension</th>
            <NumberHeads names={['Score', 'From', 'To', 'Customers']} />
          </tr>
        </thead>
        <tbody>
          {bands.map((band) => {
            const format = band.dimension === 'monetary' ? formats.money : formats.count;
            return (
              <tr key={`${band.dimension} ${band.score}`}>
                <th scope="row">{DIMENSIONS[band.dimension]}</th>
                <td className="number">{band.score}</td>
                <td className="number">{format(band.least)}</td>
                <td className="number">{format(band.most)}</td>
                <td className="number">{formats.count(band.customers)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}
