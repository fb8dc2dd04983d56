'use client';

import { useState } from 'react';

import { Asked, Lines } from '../../components/Asked';
import { Problem } from '../../components/Problem';
import { Confirm } from '../../components/Confirm';
import { Known } from '../../components/Known';
import { Pager } from '../../components/Pager';
import { Scroll } from '../../components/Scroll';
import { answered, ifMatch, type Schemas } from '../../lib/api/client';
import { FIRST, tokenOf, type Place } from '../../lib/api/paging';
import { useAnswer } from '../../lib/api/useAnswer';
import { useChange } from '../../lib/api/useChange';
import type { Formats } from '../../lib/format/format';
import { useMayChange } from '../../lib/session/account';
import { useSession } from '../../lib/session/session';
import { NAMES } from './values';

type Version = Schemas['ThresholdVersionModel'];

/** What was in force before, and the way back. */
export function Versions({
  etag,
  inForce,
  after,
  onRestored,
  formats,
}: {
  etag: string | null;
  inForce: number | null;
  after: number;
  onRestored(): void;
  formats: Formats;
}) {
  const { api } = useSession();
  const mayChange = useMayChange('thresholds');
  const [place, setPlace] = useState<Place>(FIRST);
  const pageToken = tokenOf(place);
  const answer = useAnswer(`versions ${after} ${pageToken}`, (client, signal) =>
    answered(
      client.GET('/v1/settings/thresholds/versions', { params: { query: { pageSize: 10, pageToken } }, signal }),
    ),
  );
  const change = useChange();

  async function restore(version: number) {
    if (etag === null) return;
    const done = await change.run(() =>
      api.POST('/v1/settings/thresholds:rollback', { params: { header: ifMatch(etag) }, body: { version } }),
    );
    if (done) onRestored();
  }

  return (
    <section className="panel" aria-labelledby="versions">
      <header>
        <div>
          <h2 id="versions">Versions</h2>
          <p>Restoring one saves its values as a new version.</p>
        </div>
      </header>
      {change.error && (
        <div className="inside">
          <Problem error={change.error} retry={change.forget} />
        </div>
      )}
      <Asked answer={answer} wait={<div className="inside"><Lines /></div>}>
        {({ versions, nextPageToken }) =>
          versions.length === 0 ? (
            <p className="inside quiet">None yet: the thresholds were never changed.</p>
          ) : (
            <>
              <Scroll label="Table of versions">
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">Version</th>
                      <th scope="col">Saved</th>
                      <th scope="col">From</th>
                      <th scope="col">Changed</th>
                      <th scope="col">Standing</th>
                    </tr>
                  </thead>
                  <tbody>
                    {versions.map((version, index) => (
                      <tr key={version.version}>
                        <th scope="row">{version.version}</th>
                        <td>{formats.instant(version.savedAt)}</td>
                        <td>{sourceOf(version)}</td>
                        <td className="small">
                          <Known
                            value={versions[index + 1]}
                            format={(before) => differences(version, before)}
                            otherwise={nextPageToken === null ? 'The first version' : 'The one before is on the next page'}
                          />
                        </td>
                        <td>
                          {version.version === inForce ? (
                            <span className="badge good">In force</span>
                          ) : (
                            mayChange && (
                              <Confirm
                                action="Restore"
                                question={`Restore version ${version.version}?`}
                                busy={change.busy || etag === null}
                                onConfirm={() => void restore(version.version)}
                              />
                            )
                          )}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
              {(nextPageToken !== null || place.tokens.length > 0) && (
                <footer>
                  <Pager
                    place={place}
                    nextPageToken={nextPageToken}
                    onChange={setPlace}
                    labels={['Newer versions', 'Older versions']}
                  />
                </footer>
              )}
            </>
          )
        }
      </Asked>
    </section>
  );
}

function sourceOf({ source, rolledBackTo }: Version): string {
  switch (source) {
    case 'api':
      return 'The API';
    case 'dashboard':
      return 'Loyalty settings';
    case 'rollback':
      return `Version ${rolledBackTo} restored`;
    case 'initial':
      return 'Before the first change';
  }
}

function differences(version: Version, before: Version): string {
  const changed = NAMES.filter((name) => version.thresholds[name] !== before.thresholds[name]);
  if (changed.length === 0) return 'Nothing';
  return changed.map((name) => `${name} ${before.thresholds[name]} → ${version.thresholds[name]}`).join(', ');
}
