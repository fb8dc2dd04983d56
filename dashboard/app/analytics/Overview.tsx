import type { ReactNode } from 'react';

import { Asked } from '../../components/Asked';
import { BarChart } from '../../components/BarChart';
import { Ranking } from '../../components/Ranking';
import type { Schemas } from '../../lib/api/client';
import type { Answer } from '../../lib/api/useAnswer';
import { UNKNOWN, type Formats } from '../../lib/format/format';

type Overview = Schemas['Overview'];

const CHANNELS: Readonly<Record<string, string>> = {
  online: 'Online',
  in_store: 'In store',
  unknown: 'Not named',
};

/** Revenue by day, and what sold where. */
export function Overview({ answer, formats }: { answer: Answer<Overview>; formats: Formats }) {
  return (
    <>
      <section className="panel" aria-labelledby="revenue">
        <header>
          <div>
            <h2 id="revenue">Revenue by day</h2>
            <p>Less refunds{answer.data && `; days in ${answer.data.timeZone}, today is not over`}.</p>
          </div>
        </header>
        <div className="inside">
          <Asked answer={answer}>
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
      </section>
      <div className="halves">
        <Panel id="products" title="Best sellers" note="By revenue, all time">
          <Asked answer={answer}>
            {({ salesByProduct }) =>
              salesByProduct === null ? (
                <NotComputed />
              ) : (
                <Ranking
                  label="Products by revenue"
                  rows={salesByProduct.map(({ productId, productName, revenue }) => ({
                    id: productId,
                    name: productName,
                    value: revenue,
                    shown: formats.roundMoney(revenue),
                  }))}
                />
              )
            }
          </Asked>
        </Panel>
        <Panel id="categories" title="Categories" note="By revenue, all time">
          <Asked answer={answer}>
            {({ salesByCategory }) =>
              salesByCategory === null ? (
                <NotComputed />
              ) : (
                <Ranking
                  label="Categories by revenue"
                  rows={salesByCategory.slice(0, 10).map(({ category, revenue }) => ({
                    id: category,
                    name: category,
                    value: revenue,
                    shown: formats.roundMoney(revenue),
                  }))}
                />
              )
            }
          </Asked>
        </Panel>
        <Panel id="funnel" title="From visit to order" note="Sessions of the last 30 days">
          <Asked answer={answer}>
            {({ conversionFunnel }) =>
              conversionFunnel === null ? (
                <p className="quiet">The shop sends no events, so its sessions are not known.</p>
              ) : (
                <Ranking
                  label="Sessions by stage"
                  rows={conversionFunnel.map(({ stage, count }) => ({
                    id: stage,
                    name: stage,
                    value: count,
                    shown: `${formats.count(count)} · ${share(count, conversionFunnel[0]?.count, formats)}`,
                  }))}
                />
              )
            }
          </Asked>
        </Panel>
        <Panel id="channels" title="Channels" note="Revenue and conversion of the last 30 days">
          <Asked answer={answer}>
            {({ channelPerformance }) =>
              channelPerformance.length === 0 ? (
                <p className="quiet">No sessions and no orders in this time.</p>
              ) : (
                <Ranking
                  label="Channels"
                  rows={channelPerformance.map(({ channel, revenue, conversionRate }) => ({
                    id: channel,
                    name: CHANNELS[channel] ?? channel,
                    value: revenue,
                    shown: `${formats.roundMoney(revenue)} · ${
                      conversionRate === null ? 'conversion not known' : `${formats.share(conversionRate)} convert`
                    }`,
                  }))}
                />
              )
            }
          </Asked>
        </Panel>
      </div>
    </>
  );
}

function Panel({
  id,
  title,
  note,
  children,
}: {
  id: string;
  title: string;
  note: string;
  children: ReactNode;
}) {
  return (
    <section className="panel" aria-labelledby={id}>
      <header>
        <div>
          <h2 id={id}>{title}</h2>
          <p>{note}</p>
        </div>
      </header>
      <div className="inside">{children}</div>
    </section>
  );
}

function NotComputed() {
  return <p className="quiet">Not computed yet; it is computed every night.</p>;
}

function share(part: number, whole: number | undefined, formats: Formats): string {
  return whole ? formats.share(part / whole) : UNKNOWN;
}
