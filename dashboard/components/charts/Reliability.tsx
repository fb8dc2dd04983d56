import { NumberHeads } from '../NumberHeads';
import { Panel } from '../Panel';
import { Scroll } from '../Scroll';
import type { Schemas } from '../../lib/api/client';
import type { Formats } from '../../lib/format/format';
import { ScatterChart } from './ScatterChart';

/** Whether probabilities mean what they say: each bin of customers, and the share of it that stayed away. */
export function Reliability({ bins, formats }: { bins: readonly Schemas['ReliabilityBin'][]; formats: Formats }) {
  const percent = (value: number) => formats.share(value, 0);
  const axis = { from: 0, to: 1, format: percent };
  return (
    <Panel
      id="reliability"
      title="Do the probabilities hold?"
      note="Customers in ten bins at the newest cutoff: on the dashed line, as many stayed away as predicted. Lines are 95% intervals."
    >
      <div className="inside">
        <ScatterChart
          label="Predicted and observed share of customers who stayed away"
          line="diagonal"
          x={{ name: 'Predicted', ...axis }}
          y={{ name: 'Stayed away', ...axis }}
          points={bins.map((bin, index) => ({
            id: String(index),
            name: `Predicted ${formats.share(bin.predicted)}`,
            x: bin.predicted,
            y: bin.observed,
            low: bin.low,
            high: bin.high,
            shown: `${formats.share(bin.observed)} of ${formats.count(bin.customers)} stayed away`,
          }))}
        />
      </div>
      <Scroll label="Table of bins">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Bin</th>
              <NumberHeads names={['Customers', 'Predicted', 'Stayed away', '95% interval']} />
            </tr>
          </thead>
          <tbody>
            {bins.map((bin, index) => (
              <tr key={index}>
                <th scope="row">{index + 1}</th>
                <td className="number">{formats.count(bin.customers)}</td>
                <td className="number">{formats.share(bin.predicted)}</td>
                <td className="number">{formats.share(bin.observed)}</td>
                <td className="number">
                  {formats.share(bin.low)} to {formats.share(bin.high)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  );
}
