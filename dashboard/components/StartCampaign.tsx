import Link from 'next/link';

import { campaignFor } from '../lib/format/campaign';
import { useMayChange } from '../lib/session/account';

/** Links to a new campaign for this group, for accounts that may create one. */
export function StartCampaign({ group }: { group: Parameters<typeof campaignFor>[0] }) {
  return (
    useMayChange('campaigns') && (
      <Link prefetch={false} className="button" href={campaignFor(group)}>
        Start a campaign
      </Link>
    )
  );
}
