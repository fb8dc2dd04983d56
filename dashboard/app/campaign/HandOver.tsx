'use client';

import { Problem } from '../../components/Problem';
import { Confirm } from '../../components/Confirm';
import { Progress } from '../../components/Progress';
import { Scroll } from '../../components/Scroll';
import type { Schemas } from '../../lib/api/client';
import { useChange } from '../../lib/api/useChange';
import { channelLabel, reasonLabel } from '../../lib/campaigns';
import type { Formats } from '../../lib/format/format';
import { useMayChange } from '../../lib/session/account';
import { useSession } from '../../lib/session/session';

const BY_FILE: Readonly<Record<Schemas['ByFile'], string>> = {
  no_dashboard_id: 'By file: the dashboard has no customer with the address',
  too_many: 'By file: the dashboard’s campaign is full',
};

/** The way of the audience to the dashboard's sender, and what became of each member on it. */
export function HandOver({
  campaign,
  onChanged,
  formats,
}: {
  campaign: Schemas['CampaignModel'];
  onChanged(): void;
  formats: Formats;
}) {
  const { api } = useSession();
  const mayChange = useMayChange('campaigns');
  const change = useChange();
  const { handover } = campaign;
  const wanted = mayChange && campaign.status === 'ready' && handover?.status !== 'running';

  async function begin() {
    await change.run(() => api.POST('/v1/campaigns/{id}:handover', { params: { path: { id: campaign.id } } }));
    onChanged();
  }

  if (handover === null && !wanted) return null;
  return (
    <section className="panel" aria-labelledby="handover">
      <header>
        <div>
          <h2 id="handover">Hand-over</h2>
          <p>To the dashboard’s sender. Consent is checked once more; nothing is sent yet.</p>
        </div>
        {wanted && (
          <Confirm
            action="Hand over"
            question="Hand it over to the sender?"
            busy={change.busy}
            onConfirm={() => void begin()}
          />
        )}
      </header>
      {change.error && (
        <div className="inside">
          <Problem error={change.error} retry={() => void begin()} />
        </div>
      )}
      {handover?.status === 'running' && (
        <div className="inside">
          <Progress label="Handing over" done={handover.done} total={campaign.expected} formats={formats} />
        </div>
      )}
      {handover && handover.channels.length > 0 && (
        <Scroll label="Table of the hand-over">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Members</th>
                {handover.channels.map(({ channel }) => (
                  <th scope="col" className="number" key={channel}>
                    {channelLabel(channel)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rowsOf(handover.channels).map(({ name, counts }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {counts.map((count, index) => (
                    <td className="number" key={index}>
                      {formats.count(count)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {handover && <footer>Asked for {formats.instant(handover.askedAt)}</footer>}
    </section>
  );
}

type Channels = readonly Schemas['ChannelHandOverModel'][];

/** What became of members, each in one row, with the number on each channel. */
function rowsOf(channels: Channels): { name: string; counts: number[] }[] {
  const sums = (pick: (channel: Channels[number]) => readonly { name: string; members: number }[]) => {
    const names = [...new Set(channels.flatMap((channel) => pick(channel).map(({ name }) => name)))];
    return names.map((name) => ({
      name,
      counts: channels.map((channel) => pick(channel).find((each) => each.name === name)?.members ?? 0),
    }));
  };
  return [
    { name: 'In the dashboard’s campaign', counts: channels.map(({ inDashboard }) => inDashboard) },
    ...sums(({ byFile }) => byFile.map(({ reason, members }) => ({ name: BY_FILE[reason], members }))),
    ...sums(({ dropped }) =>
      dropped.map(({ reason, members }) => ({ name: `No longer: ${reasonLabel(reason).toLowerCase()}`, members })),
    ),
  ];
}
