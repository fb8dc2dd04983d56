'use client';

import Link from 'next/link';
import { useState } from 'react';

import { Asked, Lines } from '../../components/Asked';
import { Available } from '../../components/Available';
import { Known } from '../../components/Known';
import { Pager } from '../../components/Pager';
import { Scroll } from '../../components/Scroll';
import { answered } from '../../lib/api/client';
import { FIRST, tokenOf, type Place } from '../../lib/api/paging';
import { useAnswer } from '../../lib/api/useAnswer';
import { channelLabel, groupInWords, statusLabel } from '../../lib/campaigns';
import { useFormats } from '../../lib/format/useFormats';
import { useMayChange } from '../../lib/session/account';

const UNFROZEN = 'Known once the audience is frozen';

export default function CampaignsPage() {
  const mayChange = useMayChange('campaigns');
  return (
    <div className="stack">
      <div className="pagehead">
        <div>
          <h1>Campaigns</h1>
          <p>Who was written to, who was held out, and what it earned.</p>
        </div>
        {mayChange && (
          <Link prefetch={false} className="button primary" href="/campaigns/new">
            New campaign
          </Link>
        )}
      </div>
      <Available path="/v1/campaigns">
        <List />
      </Available>
    </div>
  );
}

function List() {
  const formats = useFormats();
  const [place, setPlace] = useState<Place>(FIRST);
  const pageToken = tokenOf(place);
  const answer = useAnswer(`campaigns ${pageToken}`, (api, signal) =>
    answered(api.GET('/v1/campaigns', { params: { query: { pageToken, pageSize: 50 } }, signal })),
  );
  const custom = useAnswer('custom segments', (api, signal) =>
    answered(api.GET('/v1/custom-segments', { signal })),
  );
  const names = new Map(custom.data?.customSegments.map(({ id, name }) => [id, name]));
  return (
    <section className="panel" aria-label="List of campaigns">
      <Asked answer={answer} wait={<div className="inside"><Lines count={6} /></div>}>
        {({ campaigns, nextPageToken }) => (
          <>
            {campaigns.length === 0 ? (
              <p className="inside quiet empty">
                None yet. Start one from a segment, a cohort or a move between segments.
              </p>
            ) : (
              <Scroll label="Table of campaigns">
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">Name</th>
                      <th scope="col">Status</th>
                      <th scope="col">Group</th>
                      <th scope="col">Channels</th>
                      <th scope="col" className="number">
                        Written to
                      </th>
                      <th scope="col" className="number">
                        Held out
                      </th>
                      <th scope="col">Created</th>
                    </tr>
                  </thead>
                  <tbody>
                    {campaigns.map((campaign) => {
                      const [status, kind] = statusLabel(campaign.status);
                      return (
                        <tr key={campaign.id}>
                          <th scope="row" className="wrap">
                            <Link prefetch={false} href={`/campaign?id=${campaign.id}`}>
                              <bdi>{campaign.name}</bdi>
                            </Link>
                          </th>
                          <td>
                            <span className={`badge ${kind}`}>{status}</span>
                          </td>
                          <td className="wrap">{groupInWords(campaign.source, (id) => names.get(id))}</td>
                          <td>{campaign.channels.map(channelLabel).join(', ')}</td>
                          <td className="number">
                            <Known value={campaign.treated} format={formats.count} otherwise={UNFROZEN} />
                          </td>
                          <td className="number">
                            <Known value={campaign.heldOut} format={formats.count} otherwise={UNFROZEN} />
                          </td>
                          <td>{formats.day(campaign.createdAt)}</td>
                        </tr>
                      );
                    })}
                  </tbody>
                </table>
              </Scroll>
            )}
            {(nextPageToken !== null || place.tokens.length > 0) && (
              <footer>
                <Pager place={place} nextPageToken={nextPageToken} onChange={setPlace} />
              </footer>
            )}
          </>
        )}
      </Asked>
    </section>
  );
}
