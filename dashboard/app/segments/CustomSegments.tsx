'use client';

import Link from 'next/link';

import { Asked } from '../../components/Asked';
import { Known } from '../../components/Known';
import { Scroll } from '../../components/Scroll';
import { answered, type Schemas } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';
import { customCountOf } from '../../lib/live/overlay';
import type { LiveCounts } from '../../lib/live/shards';
import { usePolling } from '../../lib/live/usePolling';
import { useMayChange } from '../../lib/session/account';

/** The organisation's own segments as of when the eight are; asked for again while one is evaluated. */
export function CustomSegments({
  segments,
  live,
  formats,
}: {
  segments: Schemas['Segments'] | undefined;
  live: LiveCounts | null;
  formats: Formats;
}) {
  const answer = useAnswer('custom segments', (api, signal) =>
    answered(api.GET('/v1/custom-segments', { signal })),
  );
  const mayCreate = useMayChange('customSegments');
  const maySend = useMayChange('campaigns');
  const running = answer.data?.customSegments.some(({ evaluation }) => evaluation.status === 'running');
  usePolling(answer, running === true);

  return (
    <section className="panel" aria-labelledby="custom">
      <header>
        <div>
          <h2 id="custom">Custom segments</h2>
          <p>By conditions of your own, beside the eight.</p>
        </div>
        {mayCreate && (
          <Link prefetch={false} className="button" href="/segment">
            New segment
          </Link>
        )}
      </header>
      <Asked answer={answer} wait={<div className="inside lines"><span className="skeleton" /></div>}>
        {({ customSegments }) =>
          customSegments.length === 0 ? (
            <p className="inside quiet">There are none yet.</p>
          ) : (
            <Scroll label="Table of custom segments">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col" className="number">
                      Customers
                    </th>
                    <th scope="col" className="number">
                      Share
                    </th>
                    <th scope="col" className="number">
                      Lifetime value
                    </th>
                    <th scope="col">State</th>
                    <th scope="col">
                      <span className="hidden">What to do</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {customSegments.map((segment) => {
                    const { customers, share, lifetimeValue } = customCountOf(segment, segments, live);
                    return (
                      <tr key={segment.id}>
                        <th scope="row">
                          <Link prefetch={false} href={`/customers?segment=${segment.id}`}>
                            <bdi>{segment.name}</bdi>
                          </Link>
                          {segment.description && (
                            <p className="quiet small">
                              <bdi>{segment.description}</bdi>
                            </p>
                          )}
                        </th>
                        <td className="number">
                          <Known value={customers} format={formats.count} otherwise="It did not exist then" />
                        </td>
                        <td className="number">
                          <Known
                            value={share}
                            format={formats.share}
                            otherwise={customers === null ? 'It did not exist then' : 'No customers'}
                          />
                        </td>
                        <td className="number">
                          <Known value={lifetimeValue} format={formats.money} otherwise="Amounts are not recorded for past days" />
                        </td>
                        <td>
                          {segment.evaluation.status === 'running' ? (
                            <span className="badge info">
                              Evaluating: {formats.count(segment.evaluation.processed)} of{' '}
                              {formats.count(segment.evaluation.total)}
                            </span>
                          ) : segment.stale ? (
                            <span className="badge warning">Customers are being moved</span>
                          ) : (
                            <span className="badge good">Up to date</span>
                          )}
                        </td>
                        <td className="number">
                          <Link prefetch={false} href={`/segment?id=${segment.id}`}>
                            Conditions
                            <span className="hidden">
                              {' '}
                              of <bdi>{segment.name}</bdi>
                            </span>
                          </Link>
                          {maySend && (
                            <>
                              {' · '}
                              <Link prefetch={false} href={`/campaigns/new?segment=${segment.id}`}>
                                Campaign
                                <span className="hidden">
                                  {' '}
                                  for <bdi>{segment.name}</bdi>
                                </span>
                              </Link>
                            </>
                          )}
                        </td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            </Scroll>
          )
        }
      </Asked>
    </section>
  );
}
