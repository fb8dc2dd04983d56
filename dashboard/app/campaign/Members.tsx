'use client';

import Link from 'next/link';
import { useState } from 'react';

import { Asked, Lines } from '../../components/Asked';
import { Download } from '../../components/Download';
import { Known } from '../../components/Known';
import { Pager } from '../../components/Pager';
import { Scroll } from '../../components/Scroll';
import { SegmentName } from '../../components/SegmentName';
import { answered, type Schemas } from '../../lib/api/client';
import { FIRST, tokenOf, type Place } from '../../lib/api/paging';
import { useAnswer } from '../../lib/api/useAnswer';
import { channelLabel, reasonLabel } from '../../lib/campaigns';
import type { Formats } from '../../lib/format/format';
import { useFormats } from '../../lib/format/useFormats';
import { useMayReadAll } from '../../lib/session/account';

const KINDS = [
  ['', 'Everybody'],
  ['treated', 'Written to'],
  ['held_out', 'Held out'],
  ['left_out', 'Left out'],
] as const;
const ARMS: Readonly<Record<Schemas['Arm'], string>> = { treated: 'Written to', held_out: 'Held out' };

/** Everybody of the frozen group, with the consent that was recorded. */
export function Members({ id }: { id: string }) {
  const mayReadAll = useMayReadAll();
  const formats = useFormats();
  const [kind, setKind] = useState<Schemas['MemberKind'] | ''>('');
  const [place, setPlace] = useState<Place>(FIRST);
  const query = { kind: kind || undefined, pageSize: 25, pageToken: tokenOf(place) };
  const answer = useAnswer(`members ${id} ${JSON.stringify(query)}`, (client, signal) =>
    answered(
      client.GET('/v1/campaigns/{id}/members', { params: { path: { id }, query }, signal }),
    ),
  );

  return (
    <section className="panel" aria-labelledby="members">
      <header>
        <div>
          <h2 id="members">Members</h2>
          <p>As they were when the audience was frozen.</p>
        </div>
        <div className="fields">
          <label className="field">
            Show
            <select
              value={kind}
              onChange={(event) => {
                setKind(event.target.value as Schemas['MemberKind'] | '');
                setPlace(FIRST);
              }}
            >
              {KINDS.map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          {mayReadAll && (
            <Download
              name="members.csv"
              ask={(api) =>
                api.GET('/v1/campaigns/{id}/members', {
                  params: { path: { id }, query: { kind: kind || undefined, format: 'csv' } },
                  parseAs: 'blob',
                })
              }
            />
          )}
        </div>
      </header>
      <Asked answer={answer} wait={<div className="inside"><Lines count={8} /></div>}>
        {({ members, nextPageToken }) => (
          <>
            <Scroll label="Table of members">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Customer</th>
                    <th scope="col">Segment then</th>
                    <th scope="col">What becomes of them</th>
                    <th scope="col">Consent then</th>
                  </tr>
                </thead>
                <tbody>
                  {members.map((member) => (
                    <tr key={member.customerKey}>
                      <th scope="row">
                        <Link prefetch={false} href={`/customer?key=${member.customerKey}`}>
                          {member.customerKey.slice(0, 12)}…
                        </Link>
                      </th>
                      <td>
                        <Known
                          value={member.segment}
                          format={(segment) => <SegmentName id={segment} />}
                          otherwise="In no segment"
                        />
                      </td>
                      <td>{member.arm ? ARMS[member.arm] : reasonLabel(member.leftOut ?? '')}</td>
                      <td className="small">
                        {member.channels.map((channel) => (
                          <div key={channel.channel}>{consentOf(channel, formats)}</div>
                        ))}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
            {members.length === 0 && <p className="inside quiet">Nobody.</p>}
            <footer>
              <Pager place={place} nextPageToken={nextPageToken} onChange={setPlace} />
            </footer>
          </>
        )}
      </Asked>
    </section>
  );
}

function consentOf({ channel, consent, consentSince }: Schemas['MemberChannel'], formats: Formats): string {
  const since = consentSince === null ? '' : ` since ${formats.day(consentSince)}`;
  return `${channelLabel(channel)}: ${consent === 'unknown' ? 'none recorded' : consent}${since}`;
}
