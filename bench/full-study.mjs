/**
 * The phantom's full study, step by step: six tasks x four runs, networks, calibration and lesions.
 * Usage: npm run build && node bench/full-study.mjs FOLDER (a new one)
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const root = new URL('..', import.meta.url).pathname;
const bin = join(root, 'bin', 'boldbridge.js');
const at = (name) => join(folder, name);
const top = ['--threshold', 'top', '--top', '2'];

const steps = [
  [
    'record',
    ['record', join(root, 'bids-templates/studies/six-domains.yaml'), '--out', at('recordings')],
  ],
  ['export', ['export', at('recordings'), at('dataset')]],
  ['glm', ['glm', at('dataset')]],
  ['networks', ['networks', at('dataset')]],
  ['calibrate, 1,000 labellings', ['calibrate', at('recordings'), at('calibration')]],
  ['lesion, 100 random sets a network', ['lesion', at('dataset'), ...top]],
];
const took = [];
for (const [name, argv] of steps) {
  const began = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...argv], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  took.push([name, Number(process.hrtime.bigint() - began) / 1e9]);
  console.log(`## ${name}\n\n${stdout}`);
}
const total = took.reduce((sum, [, seconds]) => sum + seconds, 0);
console.log('| step | share of the whole |\n|---|---|');
for (const [name, seconds] of took)
  console.log(`| ${name} | ${((100 * seconds) / total).toFixed(1)} % |`);
console.log(`\nThe whole took ${(total / 60).toFixed(1)} minutes.`);
