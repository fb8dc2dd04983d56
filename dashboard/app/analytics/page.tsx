'use client';

import { answered } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import { useFormats } from '../../lib/format/useFormats';
import { Affinity } from './Affinity';
import { Churn } from './Churn';
import { Cohorts } from './Cohorts';
import { KeyFigures } from './KeyFigures';
import { Overview } from './Overview';
import { Transitions } from './Transitions';

export default function AnalyticsPage() {
  const overview = useAnswer('overview', (api, signal) =>
    answered(api.GET('/v1/analytics/overview', { signal })),
  );
  const formats = useFormats(overview.data?.timeZone);
  return (
    <div className="stack">
      <div className="pagehead">
        <div>
          <h1>Analytics</h1>
          <p>{overview.data?.dataNote ?? 'Sales, cohorts and products'}</p>
        </div>
        {overview.data && <span className="badge">As of {formats.instant(overview.data.asOf)}</span>}
      </div>
      <KeyFigures answer={overview} formats={formats} />
      <Overview answer={overview} formats={formats} />
      <Cohorts formats={formats} />
      <Affinity formats={formats} />
      <Churn formats={formats} />
      <Transitions formats={formats} />
    </div>
  );
}
