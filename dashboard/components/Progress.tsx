import type { Formats } from '../lib/format/format';

/** How far something is that takes a while. */
export function Progress({
  label,
  done,
  total,
  formats,
}: {
  label: string;
  done: number;
  /** null while it is not known. */
  total: number | null;
  formats: Formats;
}) {
  return (
    <div className="progress" role="status">
      <span>
        {label}: {formats.count(done)} of {total === null ? 'all' : formats.count(total)} customers
      </span>
      <progress aria-label={label} value={total === null ? undefined : done} max={total || 1} />
    </div>
  );
}
