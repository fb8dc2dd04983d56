'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useMemo, useState, type FormEvent } from 'react';

import { Problem } from '../../components/Problem';
import { Notice } from '../../components/Notice';
import { answered, idempotencyKey, ifMatch, type Schemas } from '../../lib/api/client';
import { useChange } from '../../lib/api/useChange';
import { isComplete, placeOf, written } from '../../lib/conditions/definition';
import { drafted, emptyGroup, type GroupDraft } from '../../lib/conditions/draft';
import { useFormats } from '../../lib/format/useFormats';
import { useMayChange, useMayReadAll } from '../../lib/session/account';
import { useSession } from '../../lib/session/session';
import { CatalogueContext, type Offered } from './CatalogueContext';
import { Group } from './Conditions';
import { Preview, usePreview } from './Preview';
import { SaveButtons } from './SaveButtons';
import { Standing } from './Standing';
import styles from './segment.module.css';

/** What the builder begins with. */
export interface Start {
  name: string;
  description: string;
  conditions: { definition?: unknown; filters?: unknown };
}

/** A custom segment as it was last saved. */
export interface Saved {
  segment: Schemas['CustomSegmentModel'];
  etag: string;
  reload(): void;
}

/** Conditions, who meets them now, and the way to keep them as a custom segment. */
export function Builder({
  start,
  saved,
  catalogue,
}: {
  start: Start;
  saved?: Saved;
  catalogue: Schemas['ConditionFields'];
}) {
  const { api } = useSession();
  const mayChange = useMayChange('customSegments');
  const maySend = useMayChange('campaigns');
  const mayReadAll = useMayReadAll();
  const router = useRouter();
  const formats = useFormats();
  const [name, setName] = useState(start.name);
  const [description, setDescription] = useState(start.description);
  const [root, setRoot] = useState<GroupDraft>(() =>
    Object.keys(start.conditions).length === 0 ? emptyGroup() : drafted(start.conditions),
  );
  const offered = useOffered(catalogue);
  const flat = !saved || saved.segment.filters !== null;
  const { body: conditions, places } = useMemo(() => written(root, offered.typeOf, flat), [root, offered, flat]);
  const complete = useMemo(() => isComplete(root, offered.typeOf), [root, offered]);
  const [initial] = useState(root);
  const [asked, setAsked] = useState(false);
  // The members of what is saved are counted already: each preview reads every customer.
  const counts = asked || !saved || root !== initial;
  const preview = usePreview(complete && counts && mayReadAll ? conditions : null);
  const change = useChange();
  const body = {
    name: name.trim(),
    description: description.trim() || null,
    ...conditions,
    // Half-typed conditions are sent as they are: the API says what is wrong with them.
  } as unknown as Schemas['CustomSegmentBody'];
  // Of what is created, not of the attempt: sending it twice creates it once.
  const text = JSON.stringify(body);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- another text is another creation.
  const key = useMemo(() => crypto.randomUUID(), [text]);

  const items = change.error?.items.length ? change.error.items : (preview.error?.items ?? []);
  const errors = new Map<string, string[]>();
  for (const { pointer, detail } of items) {
    const place = placeOf(pointer, places);
    if (place !== null) errors.set(place, [...(errors.get(place) ?? []), detail]);
  }
  const nameError = items.find(({ pointer }) => pointer === '/name')?.detail;

  async function save(event: FormEvent) {
    event.preventDefault();
    if (saved) {
      const done = await change.run(() =>
        api.PUT('/v1/custom-segments/{id}', {
          params: { path: { id: saved.segment.id }, header: ifMatch(saved.etag) },
          body,
        }),
      );
      if (done) saved.reload();
      return;
    }
    const made = await change.run(() =>
      answered(api.POST('/v1/custom-segments', { params: { header: idempotencyKey(key) }, body })),
    );
    if (made) router.replace(`/segment?id=${made.id}`);
  }

  async function remove() {
    if (!saved) return;
    const done = await change.run(() =>
      api.DELETE('/v1/custom-segments/{id}', {
        params: { path: { id: saved.segment.id }, header: ifMatch(saved.etag) },
      }),
    );
    if (done) router.push('/');
  }

  // What is wrong with a condition is said beside it.
  const elsewhere = change.error && (errors.size === 0 && !nameError ? change.error : null);
  return (
    <CatalogueContext value={offered}>
      <form className="stack" onSubmit={(event) => void save(event)}>
        <div className="pagehead">
          <div>
            <h1>{saved ? <bdi>{saved.segment.name}</bdi> : 'New segment'}</h1>
            <p>
              {saved ? (
                <>
                  Saved {formats.instant(saved.segment.updatedAt)} ·{' '}
                  <Link prefetch={false} href={`/customers?segment=${saved.segment.id}`}>
                    See its customers
                  </Link>
                </>
              ) : (
                'Customers who meet conditions of your own, kept up to date with every order.'
              )}
            </p>
          </div>
          {saved && maySend && (
            <Link prefetch={false} className="button" href={`/campaigns/new?segment=${saved.segment.id}`}>
              Start a campaign
            </Link>
          )}
        </div>
        {saved && <Standing segment={saved.segment} formats={formats} />}
        {elsewhere && (elsewhere.status === 412 ? (
          <Notice kind="warning" title="Somebody else has changed this segment">
            <p>Nothing of yours was saved. Loading it again replaces what you have changed here.</p>
            <button className="button" type="button" onClick={saved?.reload}>
              Load it again
            </button>
          </Notice>
        ) : (
          <Problem error={elsewhere} retry={change.forget} />
        ))}
        <div className={styles.columns}>
          <div className="stack">
            <section className="panel" aria-labelledby="conditions">
              <header>
                <div>
                  <h2 id="conditions">Conditions</h2>
                  <p>Without a counted order a customer is in no segment.</p>
                </div>
              </header>
              <div className="inside">
                <fieldset className={styles.plain} disabled={!mayChange}>
                  <Group group={root} top tree={root} errors={errors} onChange={setRoot} />
                </fieldset>
              </div>
            </section>
            {mayChange && (
              <section className={`panel ${styles.saving}`} aria-label="Name">
                <label className="field">
                  Name
                  <input
                    required
                    maxLength={catalogue.limits.nameLength}
                    value={name}
                    aria-invalid={nameError !== undefined}
                    onChange={(event) => setName(event.target.value)}
                  />
                  {nameError !== undefined && <span className={styles.error}>{nameError}</span>}
                </label>
                <label className="field">
                  Description
                  <input
                    maxLength={catalogue.limits.descriptionLength}
                    value={description}
                    onChange={(event) => setDescription(event.target.value)}
                  />
                </label>
                <SaveButtons saved={saved} busy={change.busy} complete={complete} onRemove={() => void remove()} />
              </section>
            )}
          </div>
          <Preview
            preview={preview}
            mayCount={mayReadAll}
            count={counts ? null : () => setAsked(true)}
            complete={complete}
            hasErrors={errors.size > 0}
            formats={formats}
          />
        </div>
      </form>
    </CatalogueContext>
  );
}

function useOffered(catalogue: Schemas['ConditionFields']): Offered {
  return useMemo(() => {
    const types = new Map(catalogue.fields.map(({ name, type }) => [name, type as string]));
    return { catalogue, typeOf: (field) => types.get(field) };
  }, [catalogue]);
}
