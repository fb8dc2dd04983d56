'use client';

import { useState } from 'react';

import { Asked, Lines } from '../../components/Asked';
import { tagged } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import { useFormats } from '../../lib/format/useFormats';
import { useMayChange, useMayReadAll } from '../../lib/session/account';
import { Editor } from './Editor';
import { Reclassification } from './Reclassification';
import { Recommendation } from './Recommendation';
import { Versions } from './Versions';

export default function ThresholdsPage() {
  const mayChange = useMayChange('thresholds');
  const mayReadAll = useMayReadAll();
  const formats = useFormats();
  const [saves, setSaves] = useState(0);
  const [proposed, setProposed] = useState<Readonly<Record<string, number>> | null>(null);
  const answer = useAnswer('thresholds', (api, signal) => tagged(api.GET('/v1/settings/thresholds', { signal })));
  const settings = answer.data?.data;

  function saved() {
    setProposed(null);
    setSaves((number) => number + 1);
    answer.reload();
  }

  return (
    <div className="stack">
      <div className="pagehead">
        <div>
          <h1>Thresholds</h1>
          <p>The bounds between the eight segments. A change evaluates every customer again.</p>
        </div>
        {settings && (
          <span className="badge">
            {settings.version === 0 ? 'Never changed' : `Version ${settings.version} in force`}
          </span>
        )}
      </div>
      <Reclassification after={saves} formats={formats} />
      <Asked answer={answer} wait={<Waiting />}>
        {({ data, etag }) => (
          <Editor
            key={`${etag} ${JSON.stringify(proposed)}`}
            settings={data}
            etag={etag}
            proposed={proposed}
            onSaved={saved}
            onReload={answer.reload}
            formats={formats}
          />
        )}
      </Asked>
      {mayReadAll && mayChange && <Recommendation onTake={setProposed} formats={formats} />}
      <Versions
        etag={answer.data?.etag ?? null}
        inForce={settings?.version ?? null}
        after={saves}
        onRestored={saved}
        formats={formats}
      />
    </div>
  );
}

function Waiting() {
  return (
    <div className="panel">
      <div className="inside">
        <Lines count={8} />
      </div>
    </div>
  );
}
