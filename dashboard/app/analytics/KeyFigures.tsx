import type { ReactNode } from 'react';

import { Asked } from '../../components/Asked';
import { Icon } from '../../components/Icon';
import { Known } from '../../components/Known';
import type { Schemas } from '../../lib/api/client';
import type { Answer } from '../../lib/api/useAnswer';
import { change, type Formats } from '../../lib/format/format';
import styles from './KeyFigures.module.css';

interface Figure {
  name: string;
  value: ReactNode;
  note: string;
  change?: number | null;
}

export function KeyFigures({ answer, formats }: { answer: Answer<Schemas['Overview']>; formats: Formats }) {
  return (
    <Asked
      answer={answer}
      wait={
        <div className={styles.figures}>
          {Array.from({ length: 6 }, (_, number) => (
            <div className={`panel ${styles.figure}`} key={number}>
              <span className={`skeleton ${styles.waiting}`} />
            </div>
          ))}
        </div>
      }
    >
      {(overview) => (
        <dl className={styles.figures}>
          {figuresOf(overview, formats).map((figure) => (
            <div className={`panel ${styles.figure}`} key={figure.name}>
              <dt>{figure.name}</dt>
              <dd className={styles.value}>{figure.value}</dd>
              <dd className={styles.note}>
                {figure.change !== undefined && <Change value={figure.change} formats={formats} />}
                {figure.note}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Asked>
  );
}

function figuresOf(overview: Schemas['Overview'], formats: Formats): readonly Figure[] {
  return [
    {
      name: 'Revenue, 30 days',
      value: formats.roundMoney(overview.last30DaysRevenue),
      change: change(overview.last30DaysRevenue, overview.prev30DaysRevenue),
      note: `from ${formats.roundMoney(overview.prev30DaysRevenue)}`,
    },
    {
      name: 'Orders, 30 days',
      value: formats.count(overview.last30DaysOrders),
      change: change(overview.last30DaysOrders, overview.prev30DaysOrders),
      note: `from ${formats.count(overview.prev30DaysOrders)}`,
    },
    {
      name: 'Average order',
      value: <Known value={overview.averageOrderValue} format={formats.money} otherwise="No orders yet" />,
      note: `over ${formats.count(overview.totalOrders)} orders`,
    },
    {
      name: 'Customers',
      value: formats.count(overview.uniqueCustomerCount),
      note: `${formats.roundMoney(overview.totalRevenue)} in all`,
    },
    {
      name: 'Ordered again',
      value: <Known value={overview.repeatCustomerRate} format={formats.share} otherwise="No customers yet" />,
      note: 'of all customers',
    },
    {
      name: 'Churned, 30 days',
      value: (
        <Known
          value={overview.churnRate}
          format={formats.share}
          otherwise={overview.notComputed.includes('churnRate') ? 'Not computed yet' : 'Nobody was there to lose'}
        />
      ),
      note: 'of those not churned before',
    },
  ];
}

function Change({ value, formats }: { value: number | null; formats: Formats }) {
  if (value === null) return <span className={styles.change}>no comparison,</span>;
  const direction = Math.abs(value) < 0.01 ? 'flat' : value > 0 ? 'up' : 'down';
  return (
    <span className={`${styles.change} ${styles[direction]}`}>
      <Icon name={direction} />
      <span className="hidden">{{ flat: 'about the same', up: 'up', down: 'down' }[direction]} </span>
      {formats.share(Math.abs(value))}
    </span>
  );
}
