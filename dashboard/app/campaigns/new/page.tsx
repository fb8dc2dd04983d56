'use client';

import { useRouter, useSearchParams } from 'next/navigation';
import { Suspense } from 'react';

import { Lines } from '../../../components/Asked';
import { Available } from '../../../components/Available';
import { Notice } from '../../../components/Notice';
import { answered } from '../../../lib/api/client';
import { useAnswer } from '../../../lib/api/useAnswer';
import { groupInWords, groupOf } from '../../../lib/campaigns';
import { SEGMENTS, SEGMENT_LABELS } from '../../../lib/format/segments';
import { useAccount, useMayChange } from '../../../lib/session/account';
import { Wizard } from './Wizard';

export default function NewCampaignPage() {
  return (
    <Suspense fallback={<Lines />}>
      <CampaignForGroup />
    </Suspense>
  );
}

/** The address names the group: a segment, a cell of a cohort, or one of the matrix of segments. */
function CampaignForGroup() {
  const account = useAccount();
  const mayChange = useMayChange('campaigns');
  const router = useRouter();
  const group = groupOf(useSearchParams());
  const custom = useAnswer('custom segments', (api, signal) =>
    answered(api.GET('/v1/custom-segments', { signal })),
  );
  const segments = custom.data?.customSegments ?? [];
  return (
    <div className="stack">
      <div className="pagehead">
        <div>
          <h1>New campaign</h1>
          <p className="wrap">
            {group
              ? `For: ${groupInWords(group, (id) => segments.find((segment) => segment.id === id)?.name)}`
              : 'Choose who it is for.'}
          </p>
        </div>
        <label className="field">
          Segment
          <select
            value={group?.segment ?? ''}
            onChange={(event) => router.replace(`/campaigns/new?segment=${event.target.value}`)}
          >
            <option value="" disabled>
              {group ? 'Another one' : 'Choose…'}
            </option>
            {SEGMENTS.map((id) => (
              <option key={id} value={id}>
                {SEGMENT_LABELS[id]}
              </option>
            ))}
            {segments.length > 0 && (
              <optgroup label="Custom segments">
                {segments.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </optgroup>
            )}
          </select>
        </label>
      </div>
      {account === null ? (
        <Lines />
      ) : !mayChange ? (
        <Notice title="Your account may not create campaigns">
          <p>Ask somebody who runs your organisation.</p>
        </Notice>
      ) : (
        <Available path="/v1/campaigns:prefill">
          {group ? (
            <Wizard key={JSON.stringify(group)} group={group} />
          ) : (
            <Notice title="Nobody is chosen yet">
              <p>A campaign is for a segment, a cell of a cohort, or a move between segments, never for everybody.</p>
            </Notice>
          )}
        </Available>
      )}
    </div>
  );
}
