'use client';

import { useState } from 'react';

import { BarChart } from '../../../components/charts/BarChart';
import { Choice, numbers } from '../../../components/Choice';
import { Empty } from '../../../components/Empty';
import { Known } from '../../../components/Known';
import { Nightly } from '../../../components/Nightly';
import { NumberHeads } from '../../../components/NumberHeads';
import { Scroll } from '../../../components/Scroll';
import { answered, type Schemas } from '../../../lib/api/client';
import { useAnswer } from '../../../lib/api/useAnswer';
import { change, type Formats } from '../../../lib/format/format';

const MONTHS = numbers([3, 6, 12]);

/** Revenue to come, with its range, and what earlier forecasts were worth. */
export function Forecast({ formats }: { formats: Formats }) {
  const [months, setMonths] = useState<3 | 6 | 12>(12);
  const answer = useAnswer(`forecast ${months}`, (api, signal) =>
    answered(api.GET('/v1/analytics/forecast', { params: { query: { months } }, signal })),
  );
  return (
    <Nightly
      id="forecast"
      title="Revenue forecast"
      note="Net revenue from today’s customers, and from new ones if they come as in the last 12 weeks."
      controls={<Choice name="Months" value={months} options={MONTHS} onChange={setMonths} />}
      answer={answer}
      result="predictions"
      formats={formats}
    >
      {(found) =>
        found.months && (
          <>
            {found.months.length === 0 ? (
              <Empty>The model in force predicts no revenue.</Empty>
            ) : (
              <div className="inside stack">
                {found.total && <Total total={found.total} formats={formats} />}
                <Months months={found.months} formats={formats} />
              </div>
            )}
            {found.past && found.past.length > 0 && <Past past={found.past} formats={formats} />}
          </>
        )
      }
    </Nightly>
  );
}

function Total({ total, formats }: { total: Schemas['ForecastTotal']; formats: Formats }) {
  return (
    <p>
      <b>{formats.roundMoney(total.existing + total.new)}</b> in all,{' '}
      {total.low === null
        ? 'without a range: fewer than three past forecasts can be compared.'
        : `with a chance of 80% between ${formats.roundMoney(total.low)} and ${formats.roundMoney(total.high)}.`}
    </p>
  );
}

function Months({ months, formats }: { months: readonly Schemas['ForecastMonth'][]; formats: Formats }) {
  return (
    <BarChart
      label="Expected revenue by month"
      columns={['From', 'Expected', 'Today’s customers', 'New customers']}
      axis={formats.roundMoney}
      bars={months.map((month) => ({
        id: month.from,
        name: formats.date(month.from),
        value: month.existing + month.new,
        shown: formats.roundMoney(month.existing + month.new),
        further: [formats.roundMoney(month.existing), formats.roundMoney(month.new)],
      }))}
    />
  );
}

function Past({ past, formats }: { past: readonly Schemas['PastForecast'][]; formats: Formats }) {
  return (
    <>
      <h3 className="inside">Past forecasts and what happened</h3>
      <Scroll label="Table of past forecasts">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Made</th>
              <NumberHeads names={['Days', 'Expected', 'Happened', 'Difference', 'Expected of new', 'New']} />
            </tr>
          </thead>
          <tbody>
            {past.map((row) => {
              const expected = row.expectedExisting + row.expectedNew;
              const actual = row.actualExisting + row.actualNew;
              const difference = change(actual, expected);
              return (
                <tr key={row.cutoffAt}>
                  <th scope="row">{formats.day(row.cutoffAt)}</th>
                  <td className="number">{formats.count(row.days)}</td>
                  <td className="number">{formats.roundMoney(expected)}</td>
                  <td className="number">{formats.roundMoney(actual)}</td>
                  <td className="number">
                    {difference !== null && difference > 0 && '+'}
                    <Known value={difference} format={formats.share} otherwise="Nothing was expected" />
                  </td>
                  <td className="number">{formats.roundMoney(row.expectedNew)}</td>
                  <td className="number">{formats.roundMoney(row.actualNew)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
