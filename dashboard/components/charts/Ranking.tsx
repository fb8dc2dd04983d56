import styles from './Ranking.module.css';

export interface Ranked {
  id: string;
  name: string;
  value: number;
  shown: string;
}

/** Things by a number, each with a bar of its part of the largest. */
export function Ranking({ label, rows }: { label: string; rows: readonly Ranked[] }) {
  const largest = Math.max(0, ...rows.map(({ value }) => value));
  return (
    <ol className={styles.ranking} aria-label={label}>
      {rows.map(({ id, name, value, shown }) => (
        <li key={id}>
          <span className={styles.name}>
            <bdi>{name}</bdi>
          </span>
          <span className={styles.value}>{shown}</span>
          <svg aria-hidden="true" viewBox="0 0 100 6" preserveAspectRatio="none">
            <rect width="100" height="6" className={styles.track} />
            <rect width={largest > 0 ? Math.max(0, (100 * value) / largest) : 0} height="6" className={styles.bar} />
          </svg>
        </li>
      ))}
    </ol>
  );
}
