'use client';

import { Asked } from '../../components/Asked';
import { Reliability } from '../../components/charts/Reliability';
import { Empty } from '../../components/Empty';
import { Freshness, FreshnessNotice } from '../../components/Freshness';
import { Names } from '../../components/Names';
import { NewerResult } from '../../components/NewerResult';
import { Notice } from '../../components/Notice';
import { Panel } from '../../components/Panel';
import { Scroll } from '../../components/Scroll';
import { answered, type Schemas } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';
import { useFormats } from '../../lib/format/useFormats';
import { NightlyNumbers } from './NightlyNumbers';

type Check = Schemas['QualityCheck'];

const CHECKS: Readonly<Record<Check['check'], string>> = {
  orders_in_ledger: 'Every order is counted as it is',
  export_complete: 'Every order is exported for analytics',
  customers: 'Every customer agrees with their orders',
  segments: 'Every customer is in the right segment',
  predictions: 'Every prediction is what the model says',
  counters: 'Every counter agrees with the customers and orders',
  campaigns: 'Every order is credited to the right campaign',
};

const FINDINGS: Readonly<Record<Schemas['FindingKind'], { name: string; kind: string }>> = {
  warning: { name: 'Warning', kind: 'warning' },
  exclusion: { name: 'Does not count', kind: 'info' },
  rejection: { name: 'Rejected', kind: 'bad' },
};

export default function QualityPage() {
  const quality = useAnswer('quality', (api, signal) =>
    answered(api.GET('/v1/analytics/quality', { signal })),
  );
  const overview = useAnswer('overview', (api, signal) =>
    answered(api.GET('/v1/analytics/overview', { signal })),
  );
  const prediction = useAnswer('prediction', (api, signal) =>
    answered(api.GET('/v1/analytics/churn/prediction', { signal })),
  );
  const forecast = useAnswer('forecast', (api, signal) => answered(api.GET('/v1/analytics/forecast', { signal })));
  const formats = useFormats(overview.data?.timeZone);
  return (
    <div className="stack">
      <div className="pagehead">
        <div>
          <h1>Quality</h1>
          <p>Every number is checked against the orders each night, and repaired where it differs.</p>
        </div>
        {quality.data && <Freshness of={quality.data} formats={formats} />}
      </div>
      <NewerResult
        organization={quality.data?.orgId}
        name="quality"
        computedAt={quality.data?.computedAt}
        onShow={quality.reload}
      />
      <Asked answer={quality}>{(found) => <Audit quality={found} formats={formats} />}</Asked>
      <NightlyNumbers overview={overview} prediction={prediction} forecast={forecast} formats={formats} />
      {prediction.data && <Calibration prediction={prediction.data} formats={formats} />}
    </div>
  );
}

/** How far the probabilities of churn can be trusted, or why that is not known. */
function Calibration({ prediction, formats }: { prediction: Schemas['ChurnPrediction']; formats: Formats }) {
  const { reliability, computedAt } = prediction;
  if (reliability && reliability.length > 0) return <Reliability bins={reliability} formats={formats} />;
  return (
    <Panel id="reliability" title="Do the probabilities hold?">
      <Empty>{computedAt === null ? 'Not computed yet.' : 'No model is in force.'}</Empty>
    </Panel>
  );
}

function Audit({ quality, formats }: { quality: Schemas['Quality']; formats: Formats }) {
  const { checks, findings, unprocessedOrders } = quality;
  return (
    <div className="stack">
      <FreshnessNotice of={quality} formats={formats} />
      {unprocessedOrders.length > 0 && (
        <Notice kind="bad" title={`${unprocessedOrders.length} orders could not be counted for 20 hours`}>
          <p>
            They are tried again every hour: <Names names={unprocessedOrders.map(({ orderId }) => orderId)} />
          </p>
        </Notice>
      )}
      {checks && (
        <section className="panel" aria-labelledby="checks">
          <header>
            <div>
              <h2 id="checks">Checks</h2>
              {quality.sourceRows !== null && <p>{formats.count(quality.sourceRows)} orders were looked at.</p>}
            </div>
          </header>
          <Scroll label="Table of checks">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Check</th>
                  <th scope="col" className="number">
                    Expected
                  </th>
                  <th scope="col" className="number">
                    Found
                  </th>
                  <th scope="col" className="number">
                    Repaired
                  </th>
                  <th scope="col">Result</th>
                </tr>
              </thead>
              <tbody>
                {checks.map((check) => (
                  <tr key={check.check}>
                    <th scope="row">{CHECKS[check.check]}</th>
                    <td className="number">{formats.count(check.expected)}</td>
                    <td className="number">{formats.count(check.found)}</td>
                    <td className="number">{formats.count(check.repaired)}</td>
                    <td>
                      <Result check={check} formats={formats} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        </section>
      )}
      {findings && (
        <section className="panel" aria-labelledby="findings">
          <header>
            <div>
              <h2 id="findings">Findings on orders</h2>
            </div>
          </header>
          {findings.length === 0 ? (
            <p className="inside quiet">None: every order could be read as written.</p>
          ) : (
            <Scroll label="Table of findings">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Kind</th>
                    <th scope="col">Reason</th>
                    <th scope="col" className="number">
                      Orders
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {findings.map((finding) => (
                    <tr key={`${finding.kind} ${finding.code}`}>
                      <td>
                        <span className={`badge ${FINDINGS[finding.kind].kind}`}>{FINDINGS[finding.kind].name}</span>
                      </td>
                      <th scope="row">
                        <code>{finding.code}</code>
                      </th>
                      <td className="number">{formats.count(finding.orders)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
          )}
        </section>
      )}
    </div>
  );
}

function Result({ check, formats }: { check: Check; formats: Formats }) {
  if (check.remaining > 0) {
    return <span className="badge bad">{formats.count(check.remaining)} still differ</span>;
  }
  if (check.drift > 0) {
    return <span className="badge warning">{formats.count(check.drift)} differed, all repaired</span>;
  }
  return <span className="badge good">Agrees</span>;
}
