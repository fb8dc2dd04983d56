'use client';

import { useState, type FormEvent, type ReactNode } from 'react';

import { Known } from '../../components/Known';
import { Problem } from '../../components/Problem';
import type { Schemas } from '../../lib/api/client';
import { useChange } from '../../lib/api/useChange';
import { useFormats } from '../../lib/format/useFormats';
import { useMayChange } from '../../lib/session/account';
import { useSession } from '../../lib/session/session';
import { changeCampaign } from './changes';
import styles from './campaign.module.css';

const UNSAID = 'Nobody has said it';

/** What it costs and earns, which its return is computed from. */
export function Economics({
  campaign,
  etag,
  onChanged,
}: {
  campaign: Schemas['CampaignModel'];
  etag: string;
  onChanged(): void;
}) {
  const { api } = useSession();
  const mayChange = useMayChange('campaigns');
  const formats = useFormats();
  const change = useChange();
  const [name, setName] = useState(campaign.name);
  const [cost, setCost] = useState(text(campaign.cost));
  const [margin, setMargin] = useState(percent(campaign.margin));
  const [discount, setDiscount] = useState(percent(campaign.discount));

  async function save(event: FormEvent) {
    event.preventDefault();
    const done = await change.run(() =>
      changeCampaign(api, campaign, etag, {
        name,
        cost: number(cost),
        margin: share(margin),
        discount: share(discount),
      }),
    );
    if (done) onChanged();
  }

  return (
    <section className="panel" aria-labelledby="economics">
      <header>
        <div>
          <h2 id="economics">Cost and margin</h2>
          <p>What the return is computed from.</p>
        </div>
      </header>
      {mayChange ? (
        <form className={`inside ${styles.economics}`} onSubmit={(event) => void save(event)}>
          <label className="field">
            Name
            <input required maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />
          </label>
          <label className="field">
            Cost
            <input type="number" min={0} step="0.01" value={cost} onChange={(event) => setCost(event.target.value)} />
          </label>
          <label className="field">
            Margin, %
            <input
              type="number"
              min={0}
              max={100}
              step="any"
              value={margin}
              onChange={(event) => setMargin(event.target.value)}
            />
          </label>
          <label className="field">
            Discount, %
            <input
              type="number"
              min={0}
              max={100}
              step="any"
              value={discount}
              onChange={(event) => setDiscount(event.target.value)}
            />
          </label>
          <button className="button" type="submit" disabled={change.busy}>
            {change.busy ? 'Saving…' : 'Save'}
          </button>
          {change.error && (
            <Problem
              error={change.error}
              retry={() => {
                change.forget();
                onChanged();
              }}
            />
          )}
        </form>
      ) : (
        <dl className={`inside ${styles.economics}`}>
          <Figure name="Cost" shown={<Known value={campaign.cost} format={formats.money} otherwise={UNSAID} />} />
          <Figure name="Margin" shown={<Known value={campaign.margin} format={formats.share} otherwise={UNSAID} />} />
          <Figure name="Discount" shown={<Known value={campaign.discount} format={formats.share} otherwise={UNSAID} />} />
        </dl>
      )}
    </section>
  );
}

function Figure({ name, shown }: { name: string; shown: ReactNode }) {
  return (
    <div>
      <dt className="quiet small">{name}</dt>
      <dd>{shown}</dd>
    </div>
  );
}

function text(value: number | null): string {
  return value === null ? '' : String(value);
}

/** A share as it is typed, in percent without the dust of multiplying. */
function percent(value: number | null): string {
  return value === null ? '' : String(Math.round(value * 1e6) / 1e4);
}

function number(value: string): number | null {
  return value.trim() === '' ? null : Number(value);
}

function share(value: string): number | null {
  const found = number(value);
  return found === null ? null : Math.round(found * 1e4) / 1e6;
}
