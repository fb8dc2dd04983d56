'use client';

import { useEffect, useRef, useState } from 'react';

import { Asked } from '../../../components/Asked';
import { Choice } from '../../../components/Choice';
import { CreateSegment } from '../../../components/CreateSegment';
import { CustomersPage } from '../../../components/CustomersPage';
import { StartCampaign } from '../../../components/StartCampaign';
import { answered, type Schemas } from '../../../lib/api/client';
import { FIRST, tokenOf, type Place } from '../../../lib/api/paging';
import { useAnswer } from '../../../lib/api/useAnswer';
import type { Formats } from '../../../lib/format/format';

export interface CohortCell {
  cohort: string;
  period: number;
  label: string;
  granularity: Schemas['Granularity'];
  mode: Schemas['Mode'];
  /** What cohorts are broken down by, and the value of this one. */
  of: Broken | null;
}

interface Broken {
  breakdown: Schemas['Breakdown'];
  /** Empty for a first order that has none. */
  value: string;
}

const RETURNED = [
  ['yes', 'Who ordered'],
  ['no', 'Who did not'],
] as const;

/** The customers of a cell of the heatmap, who can become a custom segment or get a campaign. */
export function CohortCustomers({
  cell,
  onClose,
  formats,
}: {
  cell: CohortCell;
  onClose(): void;
  formats: Formats;
}) {
  const { cohort, period, granularity, mode, of } = cell;
  const [returned, setReturned] = useState<'yes' | 'no'>('yes');
  const [place, setPlace] = useState<Place>(FIRST);
  const group = { granularity, period, mode, returned: returned === 'yes', ...of };
  const query = { ...group, pageSize: 20, pageToken: tokenOf(place) };
  const answer = useAnswer(`cohort customers ${cohort} ${JSON.stringify(query)}`, (api, signal) =>
    answered(
      api.GET('/v1/analytics/cohorts/{cohort}/customers', { params: { path: { cohort }, query }, signal }),
    ),
  );
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    setPlace(FIRST);
  }, [cell]);
  return (
    <section className="drawer" aria-labelledby="cell">
      <div className="pagehead">
        <h3 id="cell" ref={heading} tabIndex={-1}>
          First order in {cohort}
          {of && <bdi> · {of.value || 'Not named'}</bdi>}, {returned === 'yes' ? 'ordered' : 'did not order'} in {cell.label}
          {mode === 'onOrAfter' && ' or later'}
        </h3>
        <div className="fields">
          <Choice
            name="Customers"
            value={returned}
            options={RETURNED}
            onChange={(to) => {
              setReturned(to);
              setPlace(FIRST);
            }}
          />
          {answer.data && <CreateSegment key={answer.data.segment.name} body={answer.data.segment} />}
          <StartCampaign group={{ cohort, ...group }} />
          <button className="button" type="button" onClick={onClose}>
            Close
          </button>
        </div>
      </div>
      <Asked answer={answer}>
        {(page) => (
          <CustomersPage
            formats={formats}
            place={place}
            customers={page.customers}
            nextPageToken={page.nextPageToken}
            onChange={setPlace}
          />
        )}
      </Asked>
    </section>
  );
}
