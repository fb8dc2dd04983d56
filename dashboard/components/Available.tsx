'use client';

import type { ReactNode } from 'react';

import { answered } from '../lib/api/client';
import { useAnswer } from '../lib/api/useAnswer';
import { Notice } from './Notice';

/** What needs a path of the API; a sentence in its place where this API does not have it yet. */
export function Available({ path, children }: { path: string; children: ReactNode }) {
  const { data } = useAnswer('description of the API', (api, signal) =>
    answered(api.GET('/v1/openapi.json', { signal })),
  );
  const description: { paths?: object } | undefined = data;
  const paths = description?.paths;
  if (paths && !(path in paths)) {
    return (
      <Notice title="Not available in this version">
        <p>The API of this installation does not have it yet. It comes with an update.</p>
      </Notice>
    );
  }
  return children;
}
