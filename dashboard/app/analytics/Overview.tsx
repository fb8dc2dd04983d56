import { Asked, Lines } from '../../components/Asked';
import { BarChart } from '../../components/charts/BarChart';
import { BarChartWait } from '../../components/charts/BarChartWait';
import { Panel } from '../../components/Panel';
import { Ranking } from '../../components/charts/Ranking';
import type { Schemas } from '../../lib/api/client';
import type { Answer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';

type Overview = Schemas['Overview'];

/** Rows of a list of what sold best. */
const TOP = 10;

/** Revenue by day, and what sold best. */
export function Overview({ answer, formats }: { answer: Answer<Overview>; formats: Formats }) {
  return (
    <>
      <Panel
        id="revenue"
        title="Revenue by day"
        note={<>Less refunds{answer.data && `; days in ${answer.data.timeZone}, today is not over`}.</>}
      >
        <div className="inside">
          <Asked answer={answer} wait={<BarChartWait />}>
            {({ dailyStats }) => (
              <BarChart
                label="Revenue of each of the last 30 days"
                bars={dailyStats.map(({ date, gmv, orders, newCustomers }, index) => ({
                  id: date,
                  name: formats.date(date),
                  value: gmv,
                  shown: formats.money(gmv),
                  open: index === dailyStats.length - 1,
                  further: [formats.count(orders), formats.count(newCustomers)],
                }))}
                columns={['Day', 'Revenue', 'Orders', 'New customers']}
                axis={formats.roundMoney}
              />
            )}
          </Asked>
        </div>
      </Panel>
      <div className="halves">
        <Sellers
          id="products"
          title="Best sellers"
          answer={answer}
          rowsOf={({ salesByProduct }) =>
            salesByProduct?.map(({ productId, productName, revenue }) => [productId, productName, revenue])
          }
          formats={formats}
        />
        <Sellers
          id="categories"
          title="Categories"
          answer={answer}
          rowsOf={({ salesByCategory }) =>
            salesByCategory?.slice(0, TOP).map(({ category, revenue }) => [category, category, revenue])
          }
          formats={formats}
        />
      </div>
    </>
  );
}

function Sellers({
  id,
  title,
  answer,
  rowsOf,
  formats,
}: {
  id: string;
  title: string;
  answer: Answer<Overview>;
  /** Id, name and revenue of each; undefined before they are computed. */
  rowsOf(overview: Overview): readonly (readonly [string, string, number])[] | undefined;
  formats: Formats;
}) {
  return (
    <Panel id={id} title={title} note="By revenue, all time">
      <div className="inside">
        <Asked answer={answer} wait={<Lines count={TOP} />}>
          {(overview) => {
            const rows = rowsOf(overview);
            if (rows === undefined) return <p className="quiet">Not computed yet; it is computed every night.</p>;
            if (rows.length === 0) return <p className="quiet">Nothing was sold yet.</p>;
            return (
              <Ranking
                label={`${title} by revenue`}
                rows={rows.map(([key, name, value]) => ({ id: key, name, value, shown: formats.roundMoney(value) }))}
              />
            );
          }}
        </Asked>
      </div>
    </Panel>
  );
}
