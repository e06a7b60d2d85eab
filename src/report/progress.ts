import cliProgress from 'cli-progress';
import type { Progress } from '../core/progress.js';

/** Shows nothing. */
export const silentProgress: Progress = {
  start: () => ({ advance: () => {}, finish: () => {} }),
};

/** A bar with rate and time left on a terminal; elsewhere a plain line at every tenth. */
export function showProgress(stream: NodeJS.WriteStream): Progress {
  return { start: (what, size) => (stream.isTTY ? bar : lines)(stream, what, size) };
}

type Start = (
  stream: NodeJS.WriteStream,
  ...of: Parameters<Progress['start']>
) => ReturnType<Progress['start']>;

const bar: Start = (stream, what, { total, unit }) => {
  const began = Date.now();
  const drawn = new cliProgress.SingleBar({
    stream,
    format: `${what} {bar} {percentage} % | {value}/{total} ${unit} | {rate}/s | {eta_formatted} left`,
    barCompleteChar: '#',
    barIncompleteChar: '.',
    hideCursor: true,
    etaBuffer: 100,
  });
  drawn.start(total, 0, { rate: '-' });
  let done = 0;
  return {
    advance: (by) => {
      done += by;
      drawn.update(done, { rate: rate(done, began) });
    },
    finish: () => drawn.stop(),
  };
};

const lines: Start = (stream, what, { total, unit }) => {
  const began = Date.now();
  let done = 0;
  let told = 0;
  return {
    advance: (by) => {
      done += by;
      const tenth = Math.floor((10 * done) / total);
      if (tenth === told) return;
      told = tenth;
      stream.write(`${what}: ${done}/${total} ${unit}, ${rate(done, began)}/s\n`);
    },
    finish: () => {},
  };
};

function rate(done: number, began: number): string {
  const perSecond = done / Math.max(0.001, (Date.now() - began) / 1000);
  return perSecond.toFixed(perSecond < 10 ? 1 : 0);
}
