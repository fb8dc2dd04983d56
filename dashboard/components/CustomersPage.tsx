import type { Schemas } from '../lib/api/client';
import type { Place } from '../lib/api/paging';
import type { Formats } from '../lib/format/format';
import { CustomerList } from './CustomerList';
import { Pager } from './Pager';

/** One page of customers, with the pager if there are several. */
export function CustomersPage({
  customers,
  formats,
  place,
  nextPageToken,
  onChange,
}: {
  customers: Schemas['CustomerProfile'][];
  formats: Formats;
  place: Place;
  nextPageToken: string | null;
  onChange(place: Place): void;
}) {
  return (
    <>
      <CustomerList customers={customers} formats={formats} />
      {(place.tokens.length > 0 || nextPageToken !== null) && (
        <div className="pagehead">
          <Pager place={place} nextPageToken={nextPageToken} onChange={onChange} />
        </div>
      )}
    </>
  );
}
