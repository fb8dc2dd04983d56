'use client';

import { useState } from 'react';

import { Asked } from '../../components/Asked';
import { BarChart } from '../../components/charts/BarChart';
import { Choice, numbers } from '../../components/Choice';
import { Known } from '../../components/Known';
import { Notice } from '../../components/Notice';
import { NumberHeads } from '../../components/NumberHeads';
import { Panel } from '../../components/Panel';
import { Ranking } from '../../components/charts/Ranking';
import { Scroll } from '../../components/Scroll';
import { answered, type Schemas } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';

const DAYS = numbers([7, 30, 90, 365]);
const CHANNELS: Readonly<Record<string, string>> = {
  online: 'Online',
  in_store: 'In store',
  unknown: 'Not named',
};

/** From visit to order: the stages, by day and by channel. */
export function Funnel({ formats }: { formats: Formats }) {
  const [days, setDays] = useState(30);
  const answer = useAnswer(`funnel ${days}`, (api, signal) =>
    answered(api.GET('/v1/analytics/funnel', { params: { query: { days } }, signal })),
  );
  return (
    <>
      <Panel
        id="funnel"
        title="From visit to order"
        note="Sessions of the shop, and how far they came"
        controls={<Choice name="Days" value={days} options={DAYS} onChange={setDays} />}
      >
        <div className="inside">
          <Asked answer={answer}>{(found) => <Stages found={found} formats={formats} />}</Asked>
        </div>
      </Panel>
      <Panel id="channels" title="Channels" note={`Orders, revenue and conversion of the last ${days} days`}>
        <Asked answer={answer} wait={<div className="inside lines"><span className="skeleton" /></div>}>
          {({ channels }) =>
            channels.length === 0 ? (
              <p className="inside quiet">No sessions and no orders in this time.</p>
            ) : (
              <Channels channels={channels} formats={formats} />
            )
          }
        </Asked>
      </Panel>
    </>
  );
}

function Stages({ found, formats }: { found: Schemas['Funnel']; formats: Formats }) {
  if (!found.measured) {
    return (
      <Notice title="Sessions are not known">
        <p>The shop has sent no events yet. Orders are counted without them.</p>
      </Notice>
    );
  }
  const known = found.daily.filter(({ sessions }) => sessions !== null);
  return (
    <div className="stack">
      {found.measuredFrom !== null && found.measuredFrom > found.from && (
        <p className="quiet small">Since {formats.date(found.measuredFrom)}, when the first event was counted.</p>
      )}
      <Ranking
        label="Sessions by stage"
        rows={found.stages.map(({ stage, count, shareOfPrevious, shareOfFirst }, index) => ({
          id: stage,
          name: stage,
          value: count ?? 0,
          shown:
            index === 0
              ? formats.count(count)
              : [
                  formats.count(count),
                  shareOfPrevious !== null && `${formats.share(shareOfPrevious)} of the stage before`,
                  shareOfFirst !== null && `${formats.share(shareOfFirst)} of sessions`,
                ]
                  .filter(Boolean)
                  .join(' · '),
        }))}
      />
      <BarChart
        label="Sessions by day"
        columns={['Day', 'Sessions', 'Checkouts started', 'Paid']}
        axis={formats.count}
        bars={known.map((day, index) => ({
          id: day.date,
          name: formats.date(day.date),
          value: day.sessions ?? 0,
          shown: formats.count(day.sessions),
          open: index === known.length - 1,
          further: [formats.count(day.checkoutsStarted), formats.count(day.paid)],
        }))}
      />
      {found.eventsWithoutSession !== null && found.eventsWithoutSession > 0 && (
        <p className="quiet small">
          {formats.count(found.eventsWithoutSession)} events name no session and are not counted.
        </p>
      )}
    </div>
  );
}

function Channels({ channels, formats }: { channels: readonly Schemas['FunnelChannel'][]; formats: Formats }) {
  return (
    <Scroll label="Table of channels">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Channel</th>
            <NumberHeads names={['Sessions', 'Checkouts started', 'Paid', 'Conversion', 'Orders', 'Revenue']} />
          </tr>
        </thead>
        <tbody>
          {channels.map((row) => (
            <tr key={row.channel}>
              <th scope="row">{CHANNELS[row.channel] ?? row.channel}</th>
              {[row.sessions, row.checkoutsStarted, row.paid].map((count, index) => (
                <td className="number" key={index}>
                  <Known value={count} format={formats.count} otherwise="No event was counted" />
                </td>
              ))}
              <td className="number">
                <Known value={row.conversionRate} format={formats.share} otherwise="No sessions" />
              </td>
              <td className="number">{formats.count(row.orders)}</td>
              <td className="number">{formats.money(row.revenue)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
