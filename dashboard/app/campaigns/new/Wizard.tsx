'use client';

import { useRouter } from 'next/navigation';
import { useMemo, useState, type FormEvent } from 'react';

import { Asked, Lines } from '../../../components/Asked';
import { Known } from '../../../components/Known';
import { Problem } from '../../../components/Problem';
import { Reach } from '../../../components/Reach';
import { answered, idempotencyKey, type Query, type Schemas } from '../../../lib/api/client';
import { useAnswer } from '../../../lib/api/useAnswer';
import { useChange } from '../../../lib/api/useChange';
import { bodyOfGroup, channelLabel, type Group } from '../../../lib/campaigns';
import { inWords } from '../../../lib/conditions/catalogue';
import { useFormats } from '../../../lib/format/useFormats';
import { useDebounced } from '../../../lib/live/useDebounced';
import { useSession } from '../../../lib/session/session';
import { Earlier } from './Earlier';
import { Holdout } from './Holdout';
import styles from './wizard.module.css';

const CHANNELS = ['email', 'sms'] as const;
const GOALS = [
  'drive_sales',
  'winback',
  'retention',
  'loyalty',
  'birthday',
  'restock_alert',
  'vip_appreciation',
  'product_launch',
  'event_promo',
  'awareness',
] as const satisfies readonly Schemas['Goal'][];
/** Every draft counts the whole group: it waits until nothing has changed for so long. */
const STILL_MILLISECONDS = 600;

/** A draft for a group: who can be reached, what can be measured, and the way to create it. */
export function Wizard({ group }: { group: Group }) {
  const { api } = useSession();
  const router = useRouter();
  const formats = useFormats();
  const [channels, setChannels] = useState<readonly Schemas['Channel'][]>(['email']);
  const [windowDays, setWindowDays] = useState(7);
  const [contactedWithinDays, setContactedWithinDays] = useState(7);
  const [holdoutShare, setHoldoutShare] = useState(0.1);
  const [name, setName] = useState<string | null>(null);
  const [goal, setGoal] = useState<Schemas['Goal'] | null>(null);
  const asked = useDebounced(
    JSON.stringify({ ...group, channels: channels.join(','), windowDays, contactedWithinDays }),
    STILL_MILLISECONDS,
  );
  const answer = useAnswer(channels.length === 0 ? null : asked, (client, signal) =>
    answered(client.GET('/v1/campaigns:prefill', { params: { query: JSON.parse(asked) as Query<'/v1/campaigns:prefill'> }, signal })),
  );
  const change = useChange();
  const draft = answer.data;
  const body = {
    ...bodyOfGroup(group),
    name: name ?? draft?.name ?? '',
    goal: goal ?? draft?.goal ?? null,
    channels: [...channels],
    holdoutShare,
    windowDays,
    contactedWithinDays,
  };
  // Of what is created, not of the attempt: sending it twice creates it once.
  const text = JSON.stringify(body);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- another text is another creation.
  const key = useMemo(() => crypto.randomUUID(), [text]);

  async function create(event: FormEvent) {
    event.preventDefault();
    const made = await change.run(() =>
      answered(
        api.POST('/v1/campaigns', {
          params: { header: idempotencyKey(key) },
          body: body,
        }),
      ),
    );
    if (made) router.push(`/campaign?id=${made.id}`);
  }

  return (
    <form className="stack" onSubmit={(event) => void create(event)}>
      <section className="panel" aria-labelledby="message">
        <header>
          <div>
            <h2 id="message">How they are reached</h2>
            <p>Nobody is written to without consent that is recorded for that address.</p>
          </div>
        </header>
        <div className={`inside ${styles.choices}`}>
          <fieldset className={styles.channels}>
            <legend>Channels</legend>
            {CHANNELS.map((channel) => (
              <label key={channel}>
                <input
                  type="checkbox"
                  checked={channels.includes(channel)}
                  onChange={({ target: { checked } }) =>
                    setChannels(CHANNELS.filter((each) => (each === channel ? checked : channels.includes(each))))
                  }
                />
                {channelLabel(channel)}
              </label>
            ))}
          </fieldset>
          <label className="field">
            Leave out whoever was written to in the last … days
            <input
              type="number"
              min={0}
              max={90}
              required
              value={contactedWithinDays}
              onChange={(event) => setContactedWithinDays(Number(event.target.value))}
            />
          </label>
          <label className="field">
            Orders count for … days after the message
            <input
              type="number"
              min={1}
              max={30}
              required
              value={windowDays}
              onChange={(event) => setWindowDays(Number(event.target.value))}
            />
          </label>
        </div>
      </section>
      {channels.length === 0 ? (
        <p className="quiet">Choose a channel.</p>
      ) : (
        <Asked answer={answer} wait={<section className="panel"><div className="inside"><Lines count={8} /></div></section>}>
          {(found) => (
            <div className="stack">
              <div className="halves">
                <section className="panel" aria-labelledby="reach">
                  <header>
                    <div>
                      <h2 id="reach">Who is left out, and why</h2>
                      <p>As of {formats.instant(found.asOf)}. Each customer of the group is in one row.</p>
                    </div>
                  </header>
                  <Reach reach={found.reach} formats={formats} />
                </section>
                <div className="stack">
                  <section className="panel" aria-labelledby="holdout">
                    <header>
                      <div>
                        <h2 id="holdout">Held out, for comparison</h2>
                        <p>Without a holdout nobody can tell what the campaign earned.</p>
                      </div>
                    </header>
                    <div className="inside stack">
                      <Holdout
                        sizes={found.holdouts}
                        cannotDetect={found.cannotDetect}
                        share={holdoutShare}
                        windowDays={windowDays}
                        onChange={setHoldoutShare}
                        formats={formats}
                      />
                    </div>
                  </section>
                  <Stake draft={found} />
                </div>
              </div>
              <Earlier draft={found} formats={formats} />
              <section className="panel" aria-labelledby="create">
                <header>
                  <div>
                    <h2 id="create">Create it</h2>
                    <p>Its audience is frozen as of now. Nothing is sent.</p>
                  </div>
                </header>
                <div className="inside stack">
                  <div className="fields">
                    <label className={`field ${styles.name}`}>
                      Name
                      <input required maxLength={200} value={body.name} onChange={(event) => setName(event.target.value)} />
                    </label>
                    <label className="field">
                      Goal
                      <select
                        value={body.goal ?? found.goal}
                        onChange={(event) => setGoal(event.target.value as Schemas['Goal'])}
                      >
                        {GOALS.map((id) => (
                          <option key={id} value={id}>
                            {inWords(id)}
                          </option>
                        ))}
                      </select>
                    </label>
                    <button
                      className="button primary"
                      type="submit"
                      disabled={change.busy || answer.loading || found.reach.reachable === 0}
                    >
                      {change.busy ? 'Creating…' : 'Create campaign'}
                    </button>
                  </div>
                  {found.reach.reachable === 0 && <p className="quiet">Nobody of the group may be written to.</p>}
                  {change.error && <Problem error={change.error} retry={change.forget} />}
                </div>
              </section>
            </div>
          )}
        </Asked>
      )}
    </form>
  );
}

/** What the group is worth, and what its orders suggest. */
function Stake({ draft }: { draft: Schemas['Prefill'] }) {
  const formats = useFormats();
  const { valueAtStake, suggestedTime, suggestedOffer } = draft;
  return (
    <section className="panel" aria-labelledby="stake">
      <header>
        <h2 id="stake">What is at stake</h2>
      </header>
      <dl className={`inside ${styles.stake}`}>
        <div>
          <dt>Spent in the last 365 days</dt>
          <dd>{formats.roundMoney(valueAtStake.last365Days)}</dd>
        </div>
        <div>
          <dt>Lifetime value</dt>
          <dd>{formats.roundMoney(valueAtStake.lifetimeValue)}</dd>
        </div>
        <div>
          <dt>They order most on</dt>
          <dd>
            <Known
              value={suggestedTime}
              format={({ weekday, hour }) => `${inWords(weekday)}, ${hour}:00`}
              otherwise="No orders"
            />
          </dd>
        </div>
        <div>
          <dt>Most buy</dt>
          <dd className="wrap">
            <Known value={suggestedOffer} format={({ category }) => category} otherwise="No order has a category" />
          </dd>
        </div>
      </dl>
    </section>
  );
}
