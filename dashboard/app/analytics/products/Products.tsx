'use client';

import { useState, type FormEvent } from 'react';

import { Choice } from '../../../components/Choice';
import { Empty } from '../../../components/Empty';
import { Known } from '../../../components/Known';
import { Nightly } from '../../../components/Nightly';
import { NumberHeads } from '../../../components/NumberHeads';
import { Pager } from '../../../components/Pager';
import { Scroll } from '../../../components/Scroll';
import { answered, type Schemas } from '../../../lib/api/client';
import { FIRST, tokenOf, type Place } from '../../../lib/api/paging';
import { useAnswer } from '../../../lib/api/useAnswer';
import type { Formats } from '../../../lib/format/format';

const SORTS = [
  ['revenue', 'Revenue, all time'],
  ['units', 'Units, all time'],
  ['revenueLast30Days', 'Revenue, 30 days'],
  ['unitsLast30Days', 'Units, 30 days'],
  ['revenueLast7Days', 'Revenue, 7 days'],
  ['unitsLast7Days', 'Units, 7 days'],
  ['velocity', 'Units a day'],
  ['lastSale', 'Last sale'],
] as const satisfies readonly (readonly [Schemas['ProductSort'], string])[];
const ORDERS = [
  ['desc', 'Descending'],
  ['asc', 'Ascending'],
] as const;
const TRENDING = [
  ['', 'All'],
  ['true', 'Trending'],
  ['false', 'Not trending'],
] as const;

const TYPED = { search: '', category: '' };

/** What each product sold, and what is trending. */
export function Products({ formats }: { formats: Formats }) {
  const [sort, setSort] = useState<(typeof SORTS)[number][0]>('revenueLast30Days');
  const [order, setOrder] = useState<Schemas['SortOrder']>('desc');
  const [trending, setTrending] = useState<(typeof TRENDING)[number][0]>('');
  const [typed, setTyped] = useState(TYPED);
  const [sent, setSent] = useState(TYPED);
  const [place, setPlace] = useState<Place>(FIRST);
  const query = {
    sort,
    order,
    trending: trending === '' ? undefined : trending === 'true',
    search: sent.search.trim() || undefined,
    category: sent.category.trim() || undefined,
    pageSize: 15,
    pageToken: tokenOf(place),
  };
  const answer = useAnswer(`products ${JSON.stringify(query)}`, (api, signal) =>
    answered(api.GET('/v1/analytics/products', { params: { query }, signal })),
  );

  function changing<T>(set: (value: T) => void) {
    return (to: T) => {
      set(to);
      setPlace(FIRST);
    };
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    changing(setSent)(typed);
  }

  return (
    <Nightly
      id="product-list"
      title="Products"
      note="Price × quantity of counted orders. A product is trending at more than 2 units a day in the last 7 days."
      controls={
        <form className="fields" role="search" onSubmit={submit}>
          <Choice name="Show" value={trending} options={TRENDING} onChange={changing(setTrending)} />
          <Choice name="Sorted by" value={sort} options={SORTS} onChange={changing(setSort)} />
          <Choice name="Order" value={order} options={ORDERS} onChange={changing(setOrder)} />
          {(['search', 'category'] as const).map((name) => (
            <label className="field" key={name}>
              {name === 'search' ? 'Name or id' : 'Category'}
              <input
                type="search"
                maxLength={100}
                value={typed[name]}
                onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
              />
            </label>
          ))}
          <button className="button primary" type="submit">
            Search
          </button>
        </form>
      }
      answer={answer}
      result="product_sales"
      formats={formats}
      footer={(found) => (
        <Pager place={place} nextPageToken={found.nextPageToken} onChange={setPlace}>
          {found.total !== null && `, ${formats.count(found.total)} products`}
        </Pager>
      )}
    >
      {(found) =>
        found.products &&
        (found.products.length === 0 ? (
          <Empty>No product fits. Clear a filter.</Empty>
        ) : (
          <ProductTable products={found.products} formats={formats} />
        ))
      }
    </Nightly>
  );
}

function ProductTable({ products, formats }: { products: readonly Schemas['ProductSummary'][]; formats: Formats }) {
  return (
    <Scroll label="Table of products">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Product</th>
            <th scope="col">Category</th>
            <NumberHeads names={['Revenue, 30 days', 'Units, 30 days', 'Units a day', 'Revenue, all time', 'Last sale']} />
          </tr>
        </thead>
        <tbody>
          {products.map((product) => (
            <tr key={product.productId}>
              <th scope="row" className="wrap">
                <bdi>{product.productName}</bdi> {product.trending && <span className="badge good">Trending</span>}
              </th>
              <td className="wrap">{product.category ?? <span className="quiet">Not in the catalogue</span>}</td>
              <td className="number">{formats.money(product.revenueLast30Days)}</td>
              <td className="number">{formats.decimal(product.unitsLast30Days, 0)}</td>
              <td className="number">{formats.decimal(product.velocity)}</td>
              <td className="number">{formats.money(product.revenue)}</td>
              <td className="number">
                <Known value={product.lastSaleOn} format={formats.date} otherwise="Never more sold than returned on a day" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
