'use client';

import { useSearchParams } from 'next/navigation';
import { Suspense } from 'react';

import { Asked, Lines, LinesPanel } from '../../components/Asked';
import { Notice } from '../../components/Notice';
import { answered, tagged, type Schemas } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import { useFormats } from '../../lib/format/useFormats';
import { usePolling } from '../../lib/live/usePolling';
import { Builder, type Start } from './Builder';

export default function SegmentPage() {
  return (
    <Suspense fallback={<Lines />}>
      <SegmentOfAddress />
    </Suspense>
  );
}

/** The address names a custom segment, a suggestion to begin with, or neither for a new one. */
function SegmentOfAddress() {
  const parameters = useSearchParams();
  const id = parameters.get('id');
  const suggestion = parameters.get('suggestion');
  const fields = useAnswer('condition fields', (api, signal) =>
    answered(api.GET('/v1/custom-segments/fields', { signal })),
  );
  return (
    <div className="stack">
      {fields.data === undefined && <h1>Segment</h1>}
      <Asked answer={fields} wait={<LinesPanel />}>
        {(catalogue) =>
          id !== null ? (
            <Existing key={id} id={id} catalogue={catalogue} />
          ) : suggestion !== null ? (
            <Suggested key={suggestion} id={suggestion} catalogue={catalogue} />
          ) : (
            <Builder key="new" start={NEW} catalogue={catalogue} />
          )
        }
      </Asked>
    </div>
  );
}

const EVALUATED_SECONDS = 2;
const NEW: Start = { name: '', description: '', conditions: {} };

function Existing({ id, catalogue }: { id: string; catalogue: Schemas['ConditionFields'] }) {
  const answer = useAnswer(`custom segment ${id}`, (api, signal) =>
    tagged(api.GET('/v1/custom-segments/{id}', { params: { path: { id } }, signal })),
  );
  usePolling(answer, answer.data?.data.evaluation.status === 'running', EVALUATED_SECONDS);
  return (
    <div className="stack">
      {answer.data === undefined && <h1>Segment</h1>}
      <Asked answer={answer} wait={<LinesPanel />}>
        {({ data: segment, etag }) => (
          <Builder
            key={etag}
            start={{
              name: segment.name,
              description: segment.description ?? '',
              conditions: { definition: segment.definition, filters: segment.filters },
            }}
            saved={{ segment, etag, reload: answer.reload }}
            catalogue={catalogue}
          />
        )}
      </Asked>
    </div>
  );
}

function Suggested({ id, catalogue }: { id: string; catalogue: Schemas['ConditionFields'] }) {
  const formats = useFormats();
  const answer = useAnswer('suggestions', (api, signal) =>
    answered(api.GET('/v1/segments/suggestions', { signal })),
  );
  return (
    <div className="stack">
      {answer.data === undefined && <h1>Segment</h1>}
      <Asked answer={answer} wait={<LinesPanel />}>
        {({ suggestions, asOf }) => {
          const found = suggestions.find((suggestion) => suggestion.id === id);
          return (
            <>
              {!found && (
                <Notice title="This is no longer suggested">
                  <p>Suggestions are as of {formats.instant(asOf)}. Begin with conditions of your own.</p>
                </Notice>
              )}
              <Builder
                start={
                  found
                    ? { name: found.name, description: found.description, conditions: { filters: found.filters } }
                    : NEW
                }
                catalogue={catalogue}
              />
            </>
          );
        }}
      </Asked>
    </div>
  );
}
