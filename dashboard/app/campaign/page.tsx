'use client';

import { useSearchParams } from 'next/navigation';
import { Suspense, type ReactNode } from 'react';

import { Asked, Lines, LinesPanel } from '../../components/Asked';
import { Available } from '../../components/Available';
import { Known } from '../../components/Known';
import { Notice } from '../../components/Notice';
import { Progress } from '../../components/Progress';
import { Reach } from '../../components/Reach';
import { answered, tagged, type Schemas } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import { channelLabel, groupInWords, statusLabel } from '../../lib/campaigns';
import { inWords } from '../../lib/conditions/catalogue';
import { useFormats } from '../../lib/format/useFormats';
import { usePolling } from '../../lib/live/usePolling';
import { useMayChange } from '../../lib/session/account';
import { Actions } from './Actions';
import styles from './campaign.module.css';
import { Economics } from './Economics';
import { HandOver } from './HandOver';
import { Members } from './Members';
import { Performance } from './Performance';

const PROGRESS_SECONDS = 2;
const UNFROZEN = 'Known once the audience is frozen';

export default function CampaignPage() {
  return (
    <Suspense fallback={<Lines />}>
      <Available path="/v1/campaigns/{id}">
        <CampaignOfAddress />
      </Available>
    </Suspense>
  );
}

function CampaignOfAddress() {
  const id = useSearchParams().get('id') ?? '';
  const answer = useAnswer(`campaign ${id}`, (api, signal) =>
    tagged(api.GET('/v1/campaigns/{id}', { params: { path: { id } }, signal })),
  );
  const found = answer.data?.data;
  const running = found?.status === 'freezing' || found?.handover?.status === 'running';
  usePolling(answer, running, PROGRESS_SECONDS);
  return (
    <div className="stack">
      {found === undefined && <h1>Campaign</h1>}
      <Asked answer={answer} wait={<LinesPanel />}>
        {({ data, etag }) => <Campaign campaign={data} etag={etag} onChanged={answer.reload} />}
      </Asked>
    </div>
  );
}

function Campaign({
  campaign,
  etag,
  onChanged,
}: {
  campaign: Schemas['CampaignModel'];
  etag: string;
  onChanged(): void;
}) {
  const mayChange = useMayChange('campaigns');
  const formats = useFormats();
  const [status, kind] = statusLabel(campaign.status);
  const custom = useAnswer('custom segments', (api, signal) =>
    answered(api.GET('/v1/custom-segments', { signal })),
  );
  const nameOf = (id: string) => custom.data?.customSegments.find((segment) => segment.id === id)?.name;
  const frozen = campaign.reach !== null;
  return (
    <div className="stack">
      <div className="pagehead">
        <div>
          <h1>
            <bdi>{campaign.name}</bdi>
          </h1>
          <p className="wrap">
            {inWords(campaign.goal)} by {campaign.channels.map((channel) => channelLabel(channel).toLowerCase()).join(' and ')} ·{' '}
            {groupInWords(campaign.source, nameOf)}
          </p>
        </div>
        <div className="fields">
          <span className={`badge ${kind}`}>{status}</span>
          {mayChange && <Actions campaign={campaign} etag={etag} onChanged={onChanged} />}
        </div>
      </div>
      {campaign.status === 'freezing' && (
        <Progress label="Freezing the audience" done={campaign.done} total={campaign.expected} formats={formats} />
      )}
      {campaign.failure !== null && (
        <Notice
          kind={campaign.status === 'failed' ? 'bad' : 'warning'}
          title={campaign.status === 'failed' ? 'There is no audience' : 'The last attempt failed'}
        >
          <p>{campaign.failure}</p>
        </Notice>
      )}
      <dl className={`panel ${styles.figures}`}>
        <Figure name="Written to" shown={<Known value={campaign.treated} format={formats.count} otherwise={UNFROZEN} />} />
        <Figure name="Held out" shown={<Known value={campaign.heldOut} format={formats.count} otherwise={UNFROZEN} />} />
        <Figure name="Audience frozen" shown={formats.instant(campaign.frozenAt)} />
        <Figure name="Sent" shown={<Known value={campaign.sentAt} format={formats.instant} otherwise="Not sent yet" />} />
        <Figure name="Orders count for" shown={`${campaign.windowDays} days`} />
      </dl>
      <div className="halves">
        {campaign.reach && (
          <section className="panel" aria-labelledby="reach">
            <header>
              <div>
                <h2 id="reach">Who was left out, and why</h2>
                <p>As of {formats.instant(campaign.frozenAt)}. Each customer of the group is in one row.</p>
              </div>
            </header>
            <Reach reach={campaign.reach} formats={formats} />
          </section>
        )}
        <Economics key={etag} campaign={campaign} etag={etag} onChanged={onChanged} />
      </div>
      {frozen && <HandOver campaign={campaign} onChanged={onChanged} formats={formats} />}
      {(campaign.status === 'sent' || campaign.status === 'handed_over') && (
        <Performance id={campaign.id} formats={formats} />
      )}
      {frozen && <Members id={campaign.id} />}
    </div>
  );
}

function Figure({ name, shown }: { name: string; shown: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{shown}</dd>
    </div>
  );
}
