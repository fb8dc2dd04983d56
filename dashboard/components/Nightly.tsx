'use client';

import type { ReactNode } from 'react';

import type { Answer } from '../lib/api/useAnswer';
import type { Formats } from '../lib/format/format';
import { Asked } from './Asked';
import { Freshness, FreshnessNotice, type Computed } from './Freshness';
import { NewerResult } from './NewerResult';
import { Panel } from './Panel';

/** A panel of numbers that are computed each night: why they are missing or old, and as of when they are. */
export function Nightly<T extends Computed & { orgId: string }>({
  id,
  title,
  note,
  controls,
  answer,
  result,
  formats,
  footer,
  children,
}: {
  id: string;
  title: string;
  note?: ReactNode;
  controls?: ReactNode;
  answer: Answer<T>;
  /** Name of the result's document, which is listened to for a newer one. */
  result: string;
  formats: Formats;
  footer?(found: T): ReactNode;
  /** The numbers; null where there are none. */
  children(found: T): ReactNode;
}) {
  return (
    <Panel id={id} title={title} note={note} controls={controls}>
      <Asked answer={answer} wait={<div className="inside lines"><span className="skeleton" /></div>}>
        {(found) => (
          <>
            <div className="inside">
              <FreshnessNotice of={found} formats={formats} />
            </div>
            <NewerResult organization={found.orgId} name={result} computedAt={found.computedAt} onShow={answer.reload} />
            {children(found)}
            <footer>
              <Freshness of={found} formats={formats} />
              {footer?.(found)}
            </footer>
          </>
        )}
      </Asked>
    </Panel>
  );
}
