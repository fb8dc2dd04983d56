'use client';

import Link from 'next/link';
import { useEffect, useRef, useState } from 'react';

import { Sparkline } from '../../components/charts/Sparkline';
import { Known } from '../../components/Known';
import type { Schemas } from '../../lib/api/client';
import type { Formats } from '../../lib/format/format';
import { SEGMENTS } from '../../lib/format/segments';
import { useMayChange } from '../../lib/session/account';
import styles from './SegmentCards.module.css';

type Summary = Schemas['SegmentSummary'];

const NO_AMOUNTS = 'Amounts are not recorded for past days';

/** The eight segments, each a way to its customers. Says aloud which of them moved. */
export function SegmentCards({
  segments,
  history,
  formats,
}: {
  segments: Schemas['Segments'];
  history: Schemas['SegmentHistory'] | undefined;
  formats: Formats;
}) {
  const moved = useMoves(segments.segments);
  return (
    <>
      <ul className={styles.cards}>
        {segments.segments.map((segment) => (
          <SegmentCard
            key={segment.id}
            segment={segment}
            course={history && courseOf(segment, history)}
            moved={moved.ids.has(segment.id)}
            formats={formats}
          />
        ))}
      </ul>
      <p className="hidden" role="status">
        {moved.sentence}
      </p>
    </>
  );
}

function SegmentCard({
  segment,
  course,
  moved,
  formats,
}: {
  segment: Summary;
  course: readonly number[] | undefined;
  moved: boolean;
  formats: Formats;
}) {
  const mayChange = useMayChange('campaigns');
  const before = course?.[0];
  const difference = before === undefined ? null : segment.count - before;
  return (
    <li className={styles.card} data-segment={segment.id} data-moved={moved}>
      <Link prefetch={false} href={`/customers?segment=${segment.id}`} title={segment.description}>
        <span className={styles.name}>
          <span className="segment" data-segment={segment.id}>
            <span className="dot" />
            {segment.label}
          </span>
          <span className={styles.share}>
            <Known value={segment.share} format={formats.share} otherwise="No customers" />
          </span>
        </span>
        <span className={styles.figure}>
          <strong data-count={segment.id}>{formats.count(segment.count)}</strong>
          <span className={styles.change}>
            {difference !== null && `${signed(difference)} in 30 days`}
          </span>
        </span>
        <span className={styles.course}>{course && <Sparkline values={course} />}</span>
      </Link>
      <dl className={styles.values}>
        <div>
          <dt>Lifetime value</dt>
          <dd>
            <Known value={segment.lifetimeValue} format={formats.roundMoney} otherwise={NO_AMOUNTS} />
          </dd>
        </div>
        <div>
          <dt>Avg. order</dt>
          <dd>
            <Known
              value={segment.averageOrderValue}
              format={formats.money}
              otherwise={segment.lifetimeValue === null ? NO_AMOUNTS : 'No orders'}
            />
          </dd>
        </div>
      </dl>
      {mayChange && (
        <Link prefetch={false} className={styles.campaign} href={`/campaigns/new?segment=${segment.id}`}>
          Start a campaign<span className="hidden"> for {segment.label}</span>
        </Link>
      )}
    </li>
  );
}

export function WaitingCards() {
  return (
    <div className={styles.cards}>
      {SEGMENTS.map((id) => (
        <div className={styles.card} key={id}>
          <span className={`skeleton ${styles.waiting}`} />
        </div>
      ))}
    </div>
  );
}

/** The counts at the end of each day of the history, and the one of now. */
function courseOf(segment: Summary, history: Schemas['SegmentHistory']): readonly number[] {
  const days = history.intervals
    .filter(({ partial }) => !partial)
    .map(({ segments }) => segments.find(({ id }) => id === segment.id)?.count ?? 0);
  return [...days, segment.count];
}

function signed(value: number): string {
  return value === 0 ? '±0' : value > 0 ? `+${value}` : `−${-value}`;
}

const SHOWN_MILLISECONDS = 4000;

/** Which segments have just changed their count, for a moment, and a sentence about them. */
function useMoves(segments: readonly Summary[]): { ids: ReadonlySet<string>; sentence: string } {
  const known = useRef<ReadonlyMap<string, number> | null>(null);
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const [sentence, setSentence] = useState('');
  useEffect(() => {
    const before = known.current;
    known.current = new Map(segments.map(({ id, count }) => [id, count]));
    if (before === null) return;
    const changed = segments.filter(({ id, count }) => before.get(id) !== count);
    if (changed.length === 0) return;
    setIds(new Set(changed.map(({ id }) => id)));
    setSentence(changed.map(({ id, label, count }) => `${label}: ${count}, was ${before.get(id)}.`).join(' '));
    const timer = setTimeout(() => setIds(new Set()), SHOWN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [segments]);
  return { ids, sentence };
}
