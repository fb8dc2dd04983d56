'use client';

import { useEffect, useRef, useState } from 'react';

import { Asked } from '../../../components/Asked';
import { Choice } from '../../../components/Choice';
import { CustomersPage } from '../../../components/CustomersPage';
import { Panel } from '../../../components/Panel';
import { StartCampaign } from '../../../components/StartCampaign';
import { answered, type Schemas } from '../../../lib/api/client';
import { FIRST, tokenOf, type Place } from '../../../lib/api/paging';
import { useAnswer } from '../../../lib/api/useAnswer';
import { dateBegunEverywhere, daysBefore } from '../../../lib/format/calendar';
import type { Formats } from '../../../lib/format/format';
import { placeLabel } from '../../../lib/format/segments';
import { SegmentMatrix } from './SegmentMatrix';

const SPANS = [
  [7, '7'],
  [30, '30'],
  [90, '90'],
] as const;

type PlaceName = Schemas['Segment'] | 'none';
interface Span {
  from: string;
  to: string;
}
interface Move {
  fromSegment: PlaceName;
  toSegment: PlaceName;
}

/** Where the customers of each segment are some time later, down to who they are. */
export function Transitions({ formats }: { formats: Formats }) {
  const [days, setDays] = useState<7 | 30 | 90>(30);
  const [move, setMove] = useState<Move | null>(null);
  const to = dateBegunEverywhere(new Date());
  const span = { from: daysBefore(to, days), to };
  const answer = useAnswer(`transitions ${span.from}`, (api, signal) =>
    answered(api.GET('/v1/analytics/transitions', { params: { query: span }, signal })),
  );
  return (
    <Panel
      id="transitions"
      title="From segment to segment"
      note="A row is where customers were, a column where they are; colour is the share of the row. Enter shows them."
      controls={
        <Choice
          name="Days"
          value={days}
          options={SPANS}
          onChange={(number) => {
            setDays(number);
            setMove(null);
          }}
        />
      }
    >
      <Asked answer={answer} wait={<div className="inside lines"><span className="skeleton" /></div>}>
        {(found) => (
          <>
            <div className="inside stack">
              <SegmentMatrix
                label="Customers by segment before and now"
                cells={found.cells}
                onOpen={(from, now) => setMove({ fromSegment: from as PlaceName, toSegment: now as PlaceName })}
                formats={formats}
              />
              {move && <Movers span={span} move={move} onClose={() => setMove(null)} formats={formats} />}
            </div>
            <footer>
              <span className={`badge ${found.stale ? 'warning' : ''}`}>
                {found.stale && 'May still change, '}
                {formats.instant(found.openingAt)} to {formats.instant(found.closingAt)}
              </span>
              <span>
                {formats.count(found.arrived)} arrived, {formats.count(found.left)} left
              </span>
            </footer>
          </>
        )}
      </Asked>
    </Panel>
  );
}

function Movers({
  span,
  move,
  onClose,
  formats,
}: {
  span: Span;
  move: Move;
  onClose(): void;
  formats: Formats;
}) {
  const [place, setPlace] = useState<Place>(FIRST);
  const query = { ...span, ...move, pageSize: 20, pageToken: tokenOf(place) };
  const answer = useAnswer(`transition ${JSON.stringify(query)}`, (api, signal) =>
    answered(api.GET('/v1/analytics/transitions/customers', { params: { query }, signal })),
  );
  const heading = useRef<HTMLHeadingElement>(null);
  const { fromSegment, toSegment } = move;
  useEffect(() => {
    heading.current?.focus();
    setPlace(FIRST);
  }, [fromSegment, toSegment]);
  return (
    <section className="drawer" aria-labelledby="move">
      <div className="pagehead">
        <h3 id="move" ref={heading} tabIndex={-1}>
          {placeLabel(fromSegment)} to {placeLabel(toSegment)}
        </h3>
        <div className="fields">
          <StartCampaign group={{ ...span, ...move }} />
          <button className="button" type="button" onClick={onClose}>
            Close
          </button>
        </div>
      </div>
      <Asked answer={answer}>
        {({ customers, nextPageToken }) => (
          <CustomersPage
            formats={formats}
            place={place}
            customers={customers.map(({ customer }) => customer)}
            nextPageToken={nextPageToken}
            onChange={setPlace}
          />
        )}
      </Asked>
    </section>
  );
}
