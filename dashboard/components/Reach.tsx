import { Notice } from './Notice';
import { Scroll } from './Scroll';
import type { Schemas } from '../lib/api/client';
import { addsUp, channelLabel, reasonLabel } from '../lib/campaigns';
import type { Formats } from '../lib/format/format';

/** Who may be written to and who is left out, each customer of the group in one row. */
export function Reach({ reach, formats }: { reach: Schemas['Reach']; formats: Formats }) {
  const channels = reach.channels.length > 1 ? reach.channels : [];
  const reasons = reach.leftOut.map(({ reason }) => reason);
  const of = (channel: Schemas['ChannelReach'], reason: string) =>
    channel.leftOut.find((each) => each.reason === reason)?.customers ?? 0;
  return (
    <>
      {!addsUp(reach) && (
        <Notice kind="warning" title="These numbers do not add up">
          <p>The group changed while it was counted. Load the page again.</p>
        </Notice>
      )}
      <Scroll label="Table of who is left out">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Customers</th>
              <th scope="col" className="number">
                Together
              </th>
              {channels.map(({ channel }) => (
                <th scope="col" className="number" key={channel}>
                  {channelLabel(channel)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">
                <span className="badge good">May be written to</span>
              </th>
              <td className="number">
                <b data-reachable>{formats.count(reach.reachable)}</b>
              </td>
              {channels.map((each) => (
                <td className="number" key={each.channel}>
                  {formats.count(each.reachable)}
                </td>
              ))}
            </tr>
            {reasons.map((reason) => (
              <tr key={reason} data-reason={reason}>
                <th scope="row">{reasonLabel(reason)}</th>
                <td className="number">
                  {formats.count(reach.leftOut.find((each) => each.reason === reason)?.customers)}
                </td>
                {channels.map((each) => (
                  <td className="number" key={each.channel}>
                    {formats.count(of(each, reason))}
                  </td>
                ))}
              </tr>
            ))}
            <tr>
              <th scope="row">The whole group</th>
              <td className="number">
                <b>{formats.count(reach.customers)}</b>
              </td>
              {channels.map((each) => (
                <td className="number" key={each.channel}>
                  {formats.count(reach.customers)}
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
