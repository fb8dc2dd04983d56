import type { ReactNode } from 'react';

import { next, pageOf, previous, type Place } from '../lib/api/paging';

/** The way from page to page, with what else there is to say of the page. */
export function Pager({
  place,
  nextPageToken,
  onChange,
  labels = ['Previous page', 'Next page'],
  children,
}: {
  place: Place;
  nextPageToken: string | null;
  onChange(place: Place): void;
  labels?: readonly [string, string];
  children?: ReactNode;
}) {
  const [back, forth] = labels;
  return (
    <>
      <span>
        Page {pageOf(place)}
        {children}
      </span>
      <span className="fields">
        <button
          className="button"
          type="button"
          disabled={place.tokens.length === 0}
          onClick={() => onChange(previous(place))}
        >
          {back}
        </button>
        <button
          className="button"
          type="button"
          disabled={nextPageToken === null}
          onClick={() => nextPageToken !== null && onChange(next(place, nextPageToken))}
        >
          {forth}
        </button>
      </span>
    </>
  );
}
