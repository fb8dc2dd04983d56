'use client';

import { useState } from 'react';

import { Asked } from '../../components/Asked';
import { Facts } from '../../components/Facts';
import { Icon } from '../../components/Icon';
import { Notice } from '../../components/Notice';
import { answered, type Schemas } from '../../lib/api/client';
import { ApiError } from '../../lib/api/problem';
import { useAnswer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';
import { useFormats } from '../../lib/format/useFormats';
import { useMayChange } from '../../lib/session/account';
import { useSession } from '../../lib/session/session';
import styles from './insights.module.css';

type Insight = Schemas['Insight'];

const SEVERITIES: Readonly<Record<Insight['severity'], { name: string; kind: string }>> = {
  critical: { name: 'Critical', kind: 'bad' },
  warning: { name: 'Warning', kind: 'warning' },
  info: { name: 'For information', kind: 'info' },
  success: { name: 'Good news', kind: 'good' },
};

const TRENDS = { up: 'up', down: 'down', stable: 'flat' } as const;

const MISSING: Readonly<Record<string, string>> = {
  stale: 'is out of date',
  failed: 'could not be computed',
  not_computed: 'is not computed yet',
};

export default function InsightsPage() {
  const answer = useAnswer('insights', (api, signal) =>
    answered(api.insights.GET('/v1/insights', { signal })),
  );
  const formats = useFormats();
  return (
    <div className="stack">
      <div className="pagehead">
        <div>
          <h1>Insights</h1>
          <p>What to know today, by what is at stake. Every number is one of the facts behind it.</p>
        </div>
        {answer.data && answer.data.generatedAt !== null && (
          <span className={`badge ${answer.data.stale ? 'warning' : ''}`}>
            {answer.data.stale ? 'Out of date, made ' : 'Made '}
            {formats.instant(answer.data.generatedAt)}
          </span>
        )}
      </div>
      <Asked answer={answer}>{(insights) => <Cards insights={insights} formats={formats} />}</Asked>
    </div>
  );
}

function Cards({ insights, formats }: { insights: Schemas['Insights']; formats: Formats }) {
  if (insights.status === 'pending') {
    return (
      <Notice title="Not made yet">
        <p>Insights are made every hour, for the first time within an hour of the first order.</p>
      </Notice>
    );
  }
  return (
    <div className="stack">
      {insights.overview && (
        <div className={`panel wrap ${styles.overview}`}>
          <p>{insights.overview.text}</p>
          <Source source={insights.overview.source} />
        </div>
      )}
      {insights.missing.length > 0 && (
        <Notice kind="warning" title="Some numbers cannot be used now">
          <ul>
            {insights.missing.map(({ source, reason }) => (
              <li key={source}>
                {source} {MISSING[reason] ?? reason}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {insights.insights.length === 0 ? (
        <p className="quiet">Nothing stands out today.</p>
      ) : (
        <ul className={styles.cards}>
          {insights.insights.map((insight) => (
            <Card key={insight.id} insight={insight} formats={formats} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Card({ insight, formats }: { insight: Insight; formats: Formats }) {
  const severity = SEVERITIES[insight.severity];
  return (
    <li className={`panel wrap ${styles.card}`} data-severity={insight.severity}>
      <div className={styles.top}>
        <span className={`badge ${severity.kind}`}>{severity.name}</span>
        {insight.stale && <span className="badge warning">Out of date</span>}
      </div>
      <div>
        <p className={styles.title}>{insight.title}</p>
        <p className={styles.value}>
          {insight.value}
          {insight.trend && insight.trendValue && (
            <span className={styles.trend}>
              <Icon name={TRENDS[insight.trend]} />
              {insight.trendValue}
            </span>
          )}
        </p>
      </div>
      <div>
        <h2 className={styles.headline}>{insight.headline}</h2>
        <p className="quiet">{insight.subtext}</p>
      </div>
      <Facts
        facts={insight.facts.map((fact) => ({
          id: fact.id,
          label: fact.label,
          shown: fact.shown,
          note: `${fact.change ? `${fact.change}; ` : ''}as of ${formats.instant(fact.computedAt)}`,
        }))}
      />
      <div className={styles.bottom}>
        <Source source={insight.source} />
        <Feedback id={insight.id} />
      </div>
    </li>
  );
}

function Source({ source }: { source: Schemas['WordingSource'] }) {
  return (
    <span className="quiet small">
      {source === 'claude' ? 'Worded by Claude; the numbers are computed' : 'Worded by rules'}
    </span>
  );
}

function Feedback({ id }: { id: string }) {
  const { api } = useSession();
  const mayChange = useMayChange('insights');
  const [rating, setRating] = useState<Schemas['Rating'] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  if (!mayChange) return null;

  async function rate(given: Schemas['Rating']) {
    setProblem(null);
    try {
      await api.insights.POST('/v1/insights/{id}/feedback', {
        params: { path: { id } },
        body: { rating: given },
      });
      setRating(given);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.message);
    }
  }

  return (
    <span className={styles.feedback}>
      <span role="status" className="small">
        {problem ?? (rating === null ? '' : 'Noted')}
      </span>
      <button
        type="button"
        className="button"
        aria-pressed={rating === 'up'}
        onClick={() => void rate('up')}
      >
        <Icon name="thumbUp" />
        <span className="hidden">Useful</span>
      </button>
      <button
        type="button"
        className="button"
        aria-pressed={rating === 'down'}
        onClick={() => void rate('down')}
      >
        <Icon name="thumbDown" />
        <span className="hidden">Not useful</span>
      </button>
    </span>
  );
}
