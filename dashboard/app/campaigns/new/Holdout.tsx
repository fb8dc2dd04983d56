import type { Schemas } from '../../../lib/api/client';
import type { Formats } from '../../../lib/format/format';
import styles from './wizard.module.css';

/** How many are held out, and the smallest effect that each choice can show. */
export function Holdout({
  sizes,
  cannotDetect,
  share,
  windowDays,
  onChange,
  formats,
}: {
  sizes: readonly Schemas['HoldoutSize'][];
  cannotDetect: string;
  share: number;
  windowDays: number;
  onChange(share: number): void;
  formats: Formats;
}) {
  return (
    <>
      <fieldset className={styles.holdouts}>
        <legend className="hidden">Share held out</legend>
        {sizes.map((size) => (
          <label key={size.share}>
            <input
              type="radio"
              name="holdout"
              checked={share === size.share}
              onChange={() => onChange(size.share)}
            />
            <span>
              <b>{formats.share(size.share, 0)}</b> held out: {formats.count(size.treated)} written to,{' '}
              {formats.count(size.heldOut)} not
              <span className="quiet">{detects(size, windowDays, formats)}</span>
            </span>
          </label>
        ))}
        <label>
          <input type="radio" name="holdout" checked={share === 0} onChange={() => onChange(0)} />
          <span>
            <b>Nobody</b> held out
            <span className="quiet">What it earned cannot be measured.</span>
          </span>
        </label>
      </fieldset>
      <p>{cannotDetect}</p>
    </>
  );
}

function detects(size: Schemas['HoldoutSize'], windowDays: number, formats: Formats): string {
  if (size.smallestLift === null) return 'Whether this shows anything cannot be told.';
  const part = size.smallestLiftShare === null ? '' : ` (+${formats.share(size.smallestLiftShare, 0)})`;
  return `Shows a lift of ${formats.money(size.smallestLift)} or more per customer in ${windowDays} days${part}.`;
}
