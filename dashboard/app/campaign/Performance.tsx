'use client';

import { Asked, Lines } from '../../components/Asked';
import { Freshness, FreshnessNotice } from '../../components/Freshness';
import { Known } from '../../components/Known';
import { NumberHeads } from '../../components/NumberHeads';
import { Scroll } from '../../components/Scroll';
import { SegmentName } from '../../components/SegmentName';
import { answered, type Schemas } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';
import styles from './campaign.module.css';
import { interval, REMEDIES, UNKNOWN, UNMEASURABLE } from './words';

type Found = Schemas['CampaignPerformance'];

/** What a campaign is credited with beside what it brought, as far as that can be told. */
export function Performance({ id, formats }: { id: string; formats: Formats }) {
  const answer = useAnswer(`performance ${id}`, (api, signal) =>
    answered(api.GET('/v1/campaigns/{id}/performance', { params: { path: { id } }, signal })),
  );
  return (
    <section className="panel" aria-labelledby="performance">
      <header>
        <div>
          <h2 id="performance">What it earned</h2>
          <p>Credited orders follow the last message; only the comparison with the holdout says what it brought.</p>
        </div>
      </header>
      <Asked answer={answer} wait={<div className="inside"><Lines count={6} /></div>}>
        {(found) => (
          <>
            <div className={`inside ${styles.earned}`}>
              <FreshnessNotice of={found} formats={formats} />
              <Credited found={found} formats={formats} />
              <Incremental found={found} formats={formats} />
            </div>
            <Messages of={found.messages} formats={formats} />
            {found.segments.length > 0 && (
              <>
                <h3 className={styles.part}>By segment when the audience was frozen</h3>
                <Segments rows={found.segments} formats={formats} />
              </>
            )}
            {found.days.length > 0 && (
              <>
                <h3 className={styles.part}>By day</h3>
                <Days of={found} formats={formats} />
              </>
            )}
            <footer>
              <Freshness of={found} formats={formats} />
              {found.windowEndsAt !== null && <span>Orders count until {formats.instant(found.windowEndsAt)}</span>}
            </footer>
          </>
        )}
      </Asked>
    </section>
  );
}

function Credited({ found: { credited, economics }, formats }: { found: Found; formats: Formats }) {
  return (
    <div className={styles.side}>
      <h3>Credited</h3>
      <p className={styles.amount}>{formats.money(credited.revenue)}</p>
      <p className="quiet">
        {formats.count(credited.orders)} orders
        {credited.averageOrderValue !== null && `, ${formats.money(credited.averageOrderValue)} each`}
      </p>
      <p className="quiet">
        Of these, opened or clicked: {formats.money(credited.engagedRevenue)} in{' '}
        {formats.count(credited.engagedOrders)} orders
      </p>
      <Profit of={economics.credited} formats={formats} />
    </div>
  );
}

function Incremental({ found: { incremental, economics }, formats }: { found: Found; formats: Formats }) {
  if (incremental === null) {
    return (
      <div className={styles.side}>
        <h3>Incremental</h3>
        <p className={styles.amount}>–</p>
        <p className="quiet">
          Measured each night once it is sent, for the first time in the night after the send.
        </p>
      </div>
    );
  }
  const { revenue, orders, treated, heldOut } = incremental;
  return (
    <div className={styles.side}>
      <h3>
        Incremental{' '}
        <span className={`badge ${incremental.state === 'final' ? 'good' : 'warning'}`}>
          {incremental.state === 'final' ? 'Final' : 'Preliminary'}
        </span>
      </h3>
      {revenue.reason === null ? (
        <>
          <p className={styles.amount}>{formats.money(revenue.total)}</p>
          <p className="quiet">95 % range: {interval(revenue.totalLow, revenue.totalHigh, formats.money)}</p>
        </>
      ) : (
        <>
          <p className={styles.amount}>Not measurable</p>
          <p className="quiet">
            {UNMEASURABLE[revenue.reason]} {revenue.remedies.map((remedy) => REMEDIES[remedy]).join(' ')}
          </p>
        </>
      )}
      <p className="quiet">
        Orders:{' '}
        {orders.reason === null
          ? `${formats.decimal(orders.total)}, ${interval(orders.totalLow, orders.totalHigh, formats.decimal)}`
          : 'not measurable'}
      </p>
      <p className="quiet">
        Ordered: <Known value={treated.conversionRate} format={formats.share} otherwise="Nobody" /> of {formats.count(treated.customers)} written to,{' '}
        <Known value={heldOut.conversionRate} format={formats.share} otherwise="Nobody" /> of {formats.count(heldOut.customers)} held out
      </p>
      {incremental.restatedAt !== null && (
        <p className="quiet">Restated {formats.instant(incremental.restatedAt)}, as orders changed.</p>
      )}
      {incremental.isSample && <p className="quiet">From a sample of 100,000 members.</p>}
      <Profit of={economics.incremental} formats={formats} />
    </div>
  );
}

function Profit({ of, formats }: { of: Schemas['Return']; formats: Formats }) {
  return (
    <p>
      <b>Profit {formats.money(of.profit)}</b>
      {of.profitLow !== null && <span className="quiet"> ({interval(of.profitLow, of.profitHigh, formats.money)})</span>}
      {', '}
      ROI {formats.share(of.roi, 0)}
      {of.roiLow !== null && (
        <span className="quiet"> ({interval(of.roiLow, of.roiHigh, (value) => formats.share(value, 0))})</span>
      )}
      {of.reason !== null && <span className="quiet"> · {UNKNOWN[of.reason]}</span>}
    </p>
  );
}

function Messages({ of, formats }: { of: Schemas['MessageCounts']; formats: Formats }) {
  const rows: readonly (readonly [string, number, (number | null)?])[] = [
    ['Sent', of.sent],
    ['Delivered', of.delivered, of.deliveryRate],
    ['Opened', of.opened, of.openRate],
    ['Clicked', of.clicked, of.clickRate],
    ['Bounced', of.bounced, of.bounceRate],
    ['Complained', of.complained, of.complaintRate],
    ['Unsubscribed', of.unsubscribed, of.unsubscribeRate],
  ];
  return (
    <dl className={`inside ${styles.messages}`}>
      {rows.map(([name, count, rate]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {formats.count(count)} {rate !== undefined && (
              <span className="quiet small">
                <Known value={rate} format={formats.share} otherwise="No message to count it by" />
              </span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Segments({ rows, formats }: { rows: readonly Schemas['SegmentPerformance'][]; formats: Formats }) {
  return (
    <Scroll label="Table of segments">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Segment</th>
            <NumberHeads names={['Sent', 'Credited orders', 'Credited', 'Incremental', '95 % range']} />
          </tr>
        </thead>
        <tbody>
          {rows.map(({ segment, messages, credited, revenue }) => (
            <tr key={segment}>
              <th scope="row">
                <SegmentName id={segment ?? 'none'} />
              </th>
              <td className="number">{formats.count(messages.sent)}</td>
              <td className="number">{formats.count(credited.orders)}</td>
              <td className="number">{formats.money(credited.revenue)}</td>
              <td className="number">
                {revenue !== null && revenue.reason !== null ? (
                  'Not measurable'
                ) : (
                  <Known value={revenue?.total} format={formats.money} otherwise="Not measured yet" />
                )}
              </td>
              <td className="number">{interval(revenue?.totalLow, revenue?.totalHigh, formats.money)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** The arms per customer, as one has many times the customers of the other. */
function Days({ of: { days, incremental }, formats }: { of: Found; formats: Formats }) {
  const each = (revenue: number | null, arm: Schemas['ArmResult'] | undefined) => (
    <Known
      value={revenue !== null && arm && arm.customers > 0 ? revenue / arm.customers : null}
      format={formats.money}
      otherwise={revenue !== null && arm ? 'Nobody' : 'Not measured yet'}
    />
  );
  return (
    <Scroll label="Table of days">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Day</th>
            <NumberHeads
              names={['Credited orders', 'Credited', 'Spent per customer written to', 'Per customer held out']}
            />
          </tr>
        </thead>
        <tbody>
          {days.map(({ day, creditedOrders, creditedRevenue, treatedRevenue, heldOutRevenue }) => (
            <tr key={day}>
              <th scope="row">{formats.date(day)}</th>
              <td className="number">{formats.count(creditedOrders)}</td>
              <td className="number">{formats.money(creditedRevenue)}</td>
              <td className="number">{each(treatedRevenue, incremental?.treated)}</td>
              <td className="number">{each(heldOutRevenue, incremental?.heldOut)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
