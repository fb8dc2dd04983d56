'use client';

import { useState, type FormEvent } from 'react';

import { Problem } from '../../components/Problem';
import { Notice } from '../../components/Notice';
import { SegmentName } from '../../components/SegmentName';
import { answered, ifMatch, type Schemas } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import { useChange } from '../../lib/api/useChange';
import type { Formats } from '../../lib/format/format';
import { useDebounced } from '../../lib/live/useDebounced';
import { useMayChange } from '../../lib/session/account';
import { useSession } from '../../lib/session/session';
import { Moves } from './Moves';
import styles from './thresholds.module.css';
import { NAMES, PARTS, sent, typed, type Name } from './values';

/** Every preview reads all customers: it waits until nothing has changed for so long. */
const STILL_MILLISECONDS = 800;

/** The thresholds, what a change would move, and the way to save it. */
export function Editor({
  settings,
  etag,
  proposed,
  onSaved,
  onReload,
  formats,
}: {
  settings: Schemas['ThresholdSettings'];
  etag: string;
  /** Values to begin with instead of those in force. */
  proposed: Readonly<Record<string, number>> | null;
  onSaved(): void;
  onReload(): void;
  formats: Formats;
}) {
  const { api } = useSession();
  const mayChange = useMayChange('thresholds');
  const inForce = typed(settings.thresholds);
  const [values, setValues] = useState(() => typed({ ...settings.thresholds, ...proposed }));
  const differs = NAMES.some((name) => values[name] !== inForce[name]);
  const body = useDebounced(differs ? JSON.stringify({ thresholds: sent(values) }) : null, STILL_MILLISECONDS);
  const preview = useAnswer(mayChange ? body : null, (client, signal) =>
    answered(client.POST('/v1/settings/thresholds:preview', { body: JSON.parse(body ?? '{}'), signal })),
  );
  const change = useChange();
  const items = differs ? ((change.error ?? preview.error)?.items ?? []) : [];
  const errorOf = (name: Name) => items.find(({ pointer }) => pointer === `/thresholds/${name}`)?.detail;
  const named = NAMES.some((name) => errorOf(name) !== undefined);

  async function save(event: FormEvent) {
    event.preventDefault();
    const done = await change.run(() =>
      api.PUT('/v1/settings/thresholds', {
        params: { header: ifMatch(etag) },
        body: { thresholds: sent(values) },
      }),
    );
    if (done) onSaved();
  }

  return (
    <form className="panel" aria-labelledby="values" onSubmit={(event) => void save(event)}>
      <header>
        <div>
          <h2 id="values">Values</h2>
          <p>{mayChange ? 'Change a value to see who would move.' : 'Your account may not change them.'}</p>
        </div>
        {mayChange && (
          <div className="fields">
            {differs && (
              <button className="button" type="button" onClick={() => setValues(inForce)}>
                Undo
              </button>
            )}
            <button className="button" type="button" onClick={() => setValues(typed(settings.defaults))}>
              Fill in the defaults
            </button>
          </div>
        )}
      </header>
      <div className="inside stack">
        {settings.settingsProblems.length > 0 && (
          <Notice kind="warning" title="The loyalty settings are not adopted">
            <ul>
              {settings.settingsProblems.map(({ field, detail }) => (
                <li key={field}>
                  <b>{field}</b> {detail}
                </li>
              ))}
            </ul>
          </Notice>
        )}
        {settings.pending && (
          <Notice title="Other values are about to be adopted">
            <p>The loyalty settings have changed.</p>
          </Notice>
        )}
        <fieldset className={styles.parts} disabled={!mayChange}>
          <legend className="hidden">Thresholds by segment</legend>
          {PARTS.map(({ segment, names }) => (
            <div key={segment} className={styles.part} data-segment={segment}>
              <h3>
                <SegmentName id={segment} />
              </h3>
              {names.map(([name, label]) => (
                <label className="field" key={name}>
                  {label}
                  <input
                    name={name}
                    inputMode="decimal"
                    value={values[name]}
                    aria-invalid={errorOf(name) !== undefined}
                    onChange={(event) => setValues({ ...values, [name]: event.target.value })}
                  />
                  {values[name] !== inForce[name] && <span>In force: {inForce[name]}</span>}
                  {errorOf(name) !== undefined && <span className={styles.error}>This {errorOf(name)}.</span>}
                </label>
              ))}
            </div>
          ))}
        </fieldset>
        {change.error?.status === 412 ? (
          <Notice kind="warning" title="Somebody else has changed the thresholds">
            <p>Nothing of yours was saved. Loading them again replaces what you have typed.</p>
            <button className="button" type="button" onClick={onReload}>
              Load them again
            </button>
          </Notice>
        ) : (
          change.error && !named && <Problem error={change.error} retry={change.forget} />
        )}
        {differs && mayChange && !preview.error && preview.data === undefined && (
          <p className="quiet" role="status">
            Counting who would move…
          </p>
        )}
        {differs && preview.error && !named && <Problem error={preview.error} retry={preview.reload} />}
        {differs && preview.data && !preview.error && (
          <div aria-busy={preview.loading}>
            <Moves preview={preview.data} formats={formats} />
          </div>
        )}
      </div>
      {mayChange && differs && (
        <footer>
          <span>Saving evaluates every customer again. Earlier versions can be restored.</span>
          <button className="button primary" type="submit" disabled={change.busy || named}>
            {change.busy ? 'Saving…' : 'Save thresholds'}
          </button>
        </footer>
      )}
    </form>
  );
}
