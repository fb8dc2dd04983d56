'use client';

import { Problem } from '../../components/Problem';
import { Confirm } from '../../components/Confirm';
import type { Schemas } from '../../lib/api/client';
import { useChange } from '../../lib/api/useChange';
import { useSession } from '../../lib/session/session';
import { changeCampaign, nextStatuses } from './changes';

const ACTIONS: Partial<Record<Schemas['CampaignStatus'], readonly [string, string]>> = {
  sent: ['Mark as sent', 'Was it sent just now? Orders count from now on.'],
  cancelled: ['Cancel', 'Cancel this campaign for good?'],
};

/** What somebody may make of the campaign now; each asks once more. */
export function Actions({
  campaign,
  etag,
  onChanged,
}: {
  campaign: Schemas['CampaignModel'];
  etag: string;
  onChanged(): void;
}) {
  const { api } = useSession();
  const change = useChange();

  async function become(status: Schemas['CampaignStatus']) {
    if (await change.run(() => changeCampaign(api, campaign, etag, { status }))) onChanged();
  }

  return (
    <>
      {nextStatuses(campaign.status).map((status) => {
        const [action, question] = ACTIONS[status] ?? [status, `${status}?`];
        return (
          <Confirm
            key={status}
            action={action}
            question={question}
            busy={change.busy}
            onConfirm={() => void become(status)}
          />
        );
      })}
      {change.error && (
        <Problem
          error={change.error}
          retry={() => {
            change.forget();
            onChanged();
          }}
        />
      )}
    </>
  );
}
