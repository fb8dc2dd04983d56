import { Known } from '../../components/Known';
import { Names } from '../../components/Names';
import type { Schemas } from '../../lib/api/client';
import type { Formats } from '../../lib/format/format';
import { consentText, RETENTION_LABELS, TIER_LABELS } from '../../lib/format/profiles';
import styles from './customer.module.css';

/** What the shop's own documents know of a customer, and how likely the customer is to stay. */
export function ProfileSection({
  customer,
  formats,
}: {
  customer: Schemas['CustomerDetail'];
  formats: Formats;
}) {
  const { profileIds, retention, tier } = customer;
  return (
    <section className="panel" aria-labelledby="profile">
      <header>
        <h2 id="profile">Profile and loyalty</h2>
        {profileIds.length > 0 && <p>{profileIds.length === 1 ? '1 document' : `${profileIds.length} documents`}</p>}
      </header>
      {profileIds.length === 0 ? (
        <p className="inside quiet">No document of the shop has an address of this customer.</p>
      ) : (
        <div className={`inside ${styles.why}`}>
          <p>
            <bdi>{[customer.firstName, customer.lastName].filter(Boolean).join(' ') || 'No name'}</bdi>
          </p>
          <ul>
            <li>
              Tier <b>{tier === null ? 'unknown' : TIER_LABELS[tier]}</b>, points{' '}
              <b>
                <Known value={customer.points} format={formats.count} otherwise="No points are recorded" />
              </b>
            </li>
            <li>
              E-mail: <b>{consentText(customer.emailConsent)}</b>
            </li>
            <li>
              Text messages: <b>{consentText(customer.smsConsent)}</b>
            </li>
            {customer.tags.length > 0 && (
              <li>
                Tags{' '}
                <b>
                  <Names names={customer.tags} />
                </b>
              </li>
            )}
            {customer.source !== null && (
              <li>
                From{' '}
                <b>
                  <bdi>{customer.source}</bdi>
                </b>
              </li>
            )}
            {customer.createdAt !== null && (
              <li>
                Known since <b>{formats.day(customer.createdAt)}</b>
              </li>
            )}
          </ul>
          {retention !== null && (
            <>
              <h3>
                Retention score {retention.score} of 100: {RETENTION_LABELS[retention.tier]}
              </h3>
              <ul>
                {retention.reasons.map((reason) => (
                  <li key={reason}>{reason}</li>
                ))}
              </ul>
            </>
          )}
        </div>
      )}
    </section>
  );
}
