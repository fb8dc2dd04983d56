import type { Formats } from '../../lib/format/format';
import type { LiveStatus } from '../../lib/live/useLiveCounts';
import styles from './LiveBadge.module.css';

/** Whether the counts move by themselves, in words. */
export function LiveBadge({
  status,
  polled,
  asOf,
  formats,
}: {
  status: LiveStatus;
  polled: boolean;
  asOf: string | undefined;
  formats: Formats;
}) {
  if (polled) return <span className="badge info">Every 15 s, as of {formats.instant(asOf)}</span>;
  switch (status) {
    case 'live':
      return (
        <span className="badge good">
          <span className={`dot ${styles.pulse}`} />
          Live
        </span>
      );
    case 'denied':
      return <span className="badge warning">Not live: reload to see changes</span>;
    case 'paused':
      return <span className="badge">Paused while out of sight</span>;
    case 'connecting':
    case 'off':
      return <span className="badge">{asOf ? `As of ${formats.instant(asOf)}` : 'Loading'}</span>;
  }
}
