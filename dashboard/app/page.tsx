'use client';

import { useMemo, useState } from 'react';

import { Asked } from '../components/Asked';
import { Notice } from '../components/Notice';
import { answered } from '../lib/api/client';
import { useAnswer } from '../lib/api/useAnswer';
import { dateBegunEverywhere, daysBefore } from '../lib/format/calendar';
import { useFormats } from '../lib/format/useFormats';
import { withLiveCounts } from '../lib/live/overlay';
import { useLiveCounts } from '../lib/live/useLiveCounts';
import { usePolling } from '../lib/live/usePolling';
import { useSession } from '../lib/session/session';
import { CustomSegments } from './segments/CustomSegments';
import { History } from './segments/History';
import { LiveBadge } from './segments/LiveBadge';
import { SegmentCards, WaitingCards } from './segments/SegmentCards';
import { Suggestions } from './segments/Suggestions';

const HISTORY_DAYS = 30;
/** How often counts that are about to change are asked for. */
const STALE_SECONDS = 5;

export default function SegmentsPage() {
  const { organization } = useSession();
  const [day, setDay] = useState('');
  const segments = useAnswer(`segments ${day}`, (api, signal) =>
    answered(
      api.GET('/v1/segments', {
        params: { query: day === '' ? {} : { at: day, include: 'customSegments' } },
        signal,
      }),
    ),
  );
  const to = dateBegunEverywhere(new Date());
  const period = { from: daysBefore(to, HISTORY_DAYS), to, interval: 'day' } as const;
  const history = useAnswer(`history ${to}`, (api, signal) =>
    answered(api.GET('/v1/segments/history', { params: { query: period }, signal })),
  );
  const formats = useFormats(history.data?.timeZone);
  // The rules let nobody listen to another organisation than their own.
  const own = organization === null && day === '' ? (segments.data?.orgId ?? null) : null;
  const live = useLiveCounts(own);
  const shown = useMemo(
    () => segments.data && withLiveCounts(segments.data, day === '' ? live.counts : null),
    [segments.data, live.counts, day],
  );
  const stale = day === '' && shown?.stale === true;
  usePolling(segments, day === '' && (organization !== null || stale), stale ? STALE_SECONDS : undefined);

  return (
    <div className="stack">
      <div className="pagehead">
        <div>
          <h1>Segments</h1>
          <p>
            {shown
              ? `${formats.count(shown.totalCustomers)} customers, each in one segment`
              : 'Customers by how they buy'}
          </p>
        </div>
        <div className="fields">
          {day === '' ? (
            <LiveBadge status={live.status} polled={organization !== null} asOf={shown?.asOf} formats={formats} />
          ) : (
            <span className="badge info">As of the end of {formats.date(day)}</span>
          )}
          <label className="field">
            As of
            <input
              type="date"
              value={day}
              max={to}
              onChange={(event) => setDay(event.target.value)}
            />
          </label>
          {day !== '' && (
            <button className="button" type="button" onClick={() => setDay('')}>
              Back to now
            </button>
          )}
        </div>
      </div>

      <Asked answer={segments} wait={<WaitingCards />}>
        {() => (
          <>
            {shown?.stale && (
              <Notice kind="warning" title="Some customers are still to be moved">
                <p>Time or changed thresholds put them in another segment. The counts follow within minutes.</p>
              </Notice>
            )}
            {shown && (
              <SegmentCards segments={shown} history={day === '' ? history.data : undefined} formats={formats} />
            )}
          </>
        )}
      </Asked>
      <History answer={history} formats={formats} />
      {(day === '' || shown !== undefined) && (
        <CustomSegments segments={shown} live={day === '' ? live.counts : null} formats={formats} />
      )}
      <Suggestions formats={formats} />
    </div>
  );
}
