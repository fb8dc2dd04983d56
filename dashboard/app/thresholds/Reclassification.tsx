'use client';

import { Notice } from '../../components/Notice';
import { Problem } from '../../components/Problem';
import { Progress } from '../../components/Progress';
import { answered } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';
import { usePolling } from '../../lib/live/usePolling';

const SECONDS = 2;

/** How far the customers are evaluated under the rules in force; asked again whenever `after` changes. */
export function Reclassification({ after, formats }: { after: number; formats: Formats }) {
  const answer = useAnswer(`reclassification ${after}`, (api, signal) =>
    answered(api.GET('/v1/settings/thresholds/status', { signal })),
  );
  const { data, error, reload } = answer;
  const running = data?.status === 'running';
  usePolling(answer, running, SECONDS);
  if (error) return <Problem error={error} retry={reload} />;
  if (!data || data.status === 'idle') return null;
  if (data.lastError !== null) {
    return (
      <Notice kind="warning" title="The evaluation of customers has stopped">
        <p>
          {formats.count(data.processed)} are done. It goes on within minutes; the error was {data.lastError}.
        </p>
      </Notice>
    );
  }
  if (running) {
    return <Progress label="Evaluating customers" done={data.processed} total={data.total} formats={formats} />;
  }
  if (data.failed > 0) {
    return (
      <Notice kind="warning" title={`${formats.count(data.failed)} customers could not be evaluated`}>
        <p>They keep the segments they had until the next attempt.</p>
      </Notice>
    );
  }
  return (
    <p className="quiet" role="status" data-evaluated={data.rulesRevision}>
      Every customer is evaluated as of {formats.instant(data.completedAt)}; {formats.count(data.moved)} moved.
    </p>
  );
}
