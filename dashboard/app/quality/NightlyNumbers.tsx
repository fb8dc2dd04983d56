import { Asked } from '../../components/Asked';
import { Freshness, type Computed } from '../../components/Freshness';
import { Panel } from '../../components/Panel';
import { Scroll } from '../../components/Scroll';
import type { Schemas } from '../../lib/api/client';
import type { Answer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';

const NAMES: Readonly<Record<string, string>> = {
  salesByProduct: 'Sales by product',
  salesByCategory: 'Sales by category',
  churnRate: 'Churn rate',
  cohorts: 'Cohorts',
  affinityPairs: 'Products bought together',
};

/** As of when numbers of the last night are, and why they are not newer. */
export function NightlyNumbers({
  overview,
  prediction,
  forecast,
  formats,
}: {
  overview: Answer<Schemas['Overview']>;
  prediction: Answer<Schemas['ChurnPrediction']>;
  forecast: Answer<Schemas['Forecast']>;
  formats: Formats;
}) {
  const rows: [string, Computed][] = [
    ...(overview.data?.nightly ?? []).map((each): [string, Computed] => [NAMES[each.field] ?? each.field, each]),
    ...(prediction.data ? [['Churn risk', prediction.data] as [string, Computed]] : []),
    ...(forecast.data ? [['Revenue forecast', forecast.data] as [string, Computed]] : []),
  ];
  return (
    <Panel
      id="nightly"
      title="When each number was computed"
      note="Segments, customers and sales by day are counted with each order; other nightly results say on their own page when they were computed."
    >
      {[overview, prediction, forecast].map((answer: Answer<unknown>, index) => (
        <Asked key={index} answer={answer} wait={<div className="inside lines"><span className="skeleton" /></div>}>
          {() => null}
        </Asked>
      ))}
      {rows.length > 0 && (
        <Scroll label="Table of nightly numbers">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Number</th>
                <th scope="col">State</th>
                <th scope="col">Reason</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(([name, computed]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>
                    <Freshness of={computed} formats={formats} />
                    {computed.status === 'failed' && <span className="badge bad">The last try failed</span>}
                  </td>
                  <td>{reasonOf(computed)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Panel>
  );
}

/** Why a number is missing or old, or that it is neither. */
function reasonOf({ status, computedAt, stale, lastError }: Computed): string {
  switch (status) {
    case 'failed':
      return (
        (computedAt === null ? 'There is no earlier result' : 'It is tried again every night') +
        (lastError ? `; the error was ${lastError}` : '')
      );
    case 'pending':
      return 'Computed for the first time in the night after the first order';
    default:
      return stale ? 'A newer result is due' : 'Up to date';
  }
}
