import styles from './BarChart.module.css';

/** Holds the place of a bar chart, so that nothing below moves when it comes. */
export function BarChartWait() {
  return (
    <div className={styles.chart}>
      <span className={styles.pointed} />
      <span className={`skeleton ${styles.waiting}`} />
      <span className={styles.pointed} />
    </div>
  );
}
