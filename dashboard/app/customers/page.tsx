'use client';

import { useSearchParams } from 'next/navigation';
import { Suspense, useState } from 'react';

import { Asked, Lines } from '../../components/Asked';
import { Download } from '../../components/Download';
import { Pager } from '../../components/Pager';
import { answered, type Schemas } from '../../lib/api/client';
import { FIRST, tokenOf, type Place } from '../../lib/api/paging';
import { useAnswer } from '../../lib/api/useAnswer';
import { useFormats } from '../../lib/format/useFormats';
import { useMayReadAll } from '../../lib/session/account';
import { CustomerTable } from './CustomerTable';
import { Filters, queryOf, type FilterValues } from './Filters';

export default function CustomersPage() {
  return (
    <Suspense fallback={<Lines />}>
      <CustomersOfAddress />
    </Suspense>
  );
}

/** The address names segment and risk alone: what is searched for is personal, and in no address. */
function CustomersOfAddress() {
  const address = useSearchParams();
  const segment = address.get('segment') ?? '';
  const risk = address.get('risk') ?? '';
  return <Customers key={`${segment} ${risk}`} segment={segment} risk={risk} />;
}

function Customers({ segment, risk }: { segment: string; risk: string }) {
  const [filters, setFilters] = useState<FilterValues>({
    segment,
    risk,
    tier: '',
    tag: '',
    emailConsent: '',
    smsConsent: '',
    search: '',
    lastOrderFrom: '',
    lastOrderTo: '',
    minTotalSpent: '',
    maxTotalSpent: '',
    sort: 'lastOrderDate',
    order: 'desc',
  });
  const [place, setPlace] = useState<Place>(FIRST);
  const query = { ...queryOf(filters), pageToken: tokenOf(place) };
  // Names and addresses are in bodies alone: addresses end up in histories and logs.
  const answer = useAnswer(JSON.stringify(query), (api, signal) =>
    query.search === undefined
      ? answered<Schemas['Customers'] | string>(api.GET('/v1/customers', { params: { query }, signal })).then(
          (found) => found as Schemas['Customers'],
        )
      : answered(api.POST('/v1/customers:search', { body: query, signal })),
  );
  const formats = useFormats();
  const mayReadAll = useMayReadAll();

  function change(values: FilterValues) {
    setFilters(values);
    setPlace(FIRST);
  }

  return (
    <div className="stack">
      <div className="pagehead">
        <div>
          <h1>Customers</h1>
          <p>Everybody with an order that counts. Numbers are over counted orders, all time.</p>
        </div>
        {mayReadAll && (
          <Download
            name="customers.csv"
            ask={(api) => api.POST('/v1/customers:export', { body: queryOf(filters), parseAs: 'blob' })}
          />
        )}
      </div>
      <Filters values={filters} onChange={change} />
      <section className="panel" aria-label="List of customers">
        <Asked
          answer={answer}
          wait={
            <div className="inside">
              <Lines count={12} />
            </div>
          }
        >
          {({ customers, nextPageToken, asOf }) => (
            <>
              <CustomerTable customers={customers} sort={filters.sort} order={filters.order} formats={formats} />
              <footer>
                <Pager place={place} nextPageToken={nextPageToken} onChange={setPlace}>
                  , as of {formats.instant(asOf)}
                </Pager>
              </footer>
            </>
          )}
        </Asked>
      </section>
    </div>
  );
}
