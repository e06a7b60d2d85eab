/**
 * Error rates of every method in generate and read mode, on short and long prompts: the rest prompts of
 * small studies of the phantom, labelled at random.
 * Usage: npm run build && node bench/calibrate-modes.mjs FOLDER [labellings] [slow labellings]
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, labellings = '300', slow = '20'] = process.argv.slice(2);
const root = new URL('..', import.meta.url).pathname;
const bin = join(root, 'bin', 'boldbridge.js');
mkdirSync(folder, { recursive: true });

/** The prompts of a file, several joined into one. */
function joined(name, together) {
  const lines = readFileSync(join(root, 'bids-templates', 'prompts', name), 'utf8')
    .trim()
    .split('\n');
  const groups = Array.from({ length: Math.floor(lines.length / together) }, (_, i) =>
    lines.slice(i * together, (i + 1) * together).join('. '),
  );
  const path = `${name.replace('.txt', '')}-${together}.txt`;
  writeFileSync(join(folder, path), `${groups.join('\n')}\n`);
  return path;
}

const KINDS = [
  { name: 'generate, 12 tokens', mode: 'generate', tokens: 12, together: 1, repeats: 4 },
  { name: 'generate, 48 tokens', mode: 'generate', tokens: 48, together: 1, repeats: 4 },
  { name: 'read, short', mode: 'read', tokens: 1, together: 1, repeats: 4 },
  { name: 'read, long', mode: 'read', tokens: 1, together: 4, repeats: 2 },
];

function run(...argv) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...argv], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

const rates = new Map();
const families = new Map();
const volumes = [];
for (const { name, mode, tokens, together, repeats } of KINDS) {
  const label = name.replace(/\W+/g, '-');
  const study = join(folder, `${label}.yaml`);
  const lines = [
    `name: ${name}`,
    'model: phantom',
    'subject: phantom',
    'repetition_time: 1',
    `mode: ${mode}`,
    ...(mode === 'generate' ? [`tokens: ${tokens}`] : []),
    `repeats: ${repeats}`,
    'seed: 1',
    'blocks: { pattern: [off, on], cycles: 9, prompts: { on: 2, off: 2 } }',
    `rest: [${joined('other-a.txt', together)}]`,
    `tasks: { other: { prompts: ${joined('other-b.txt', together)} } }`,
    ...(mode === 'generate' ? ['sampling: { do_sample: true, temperature: 0.8, top_k: 40 }'] : []),
  ];
  writeFileSync(study, `${lines.join('\n')}\n`);
  const recordings = join(folder, label);
  const recorded = JSON.parse(run('record', study, '--out', recordings, '--force', '--json'));
  const flags = [
    '--labellings',
    labellings,
    '--slow-labellings',
    slow,
    '--units',
    '1000',
    '--force',
  ];
  const found = JSON.parse(
    run('calibrate', recordings, `${recordings}-calibration`, ...flags, '--json'),
  );
  volumes.push(recorded.volumes / (36 * repeats));
  for (const { method, falsePositives, standardError, familyWise } of found.null) {
    rates.set(method, [
      ...(rates.get(method) ?? []),
      `${falsePositives.toFixed(3)} ± ${standardError.toFixed(3)}`,
    ]);
    families.set(method, [...(families.get(method) ?? []), familyWise.toFixed(3)]);
  }
  console.error(`${name}: ${found.prompts} rest prompts, ${found.promptsPerLabelling} a labelling`);
}
const head = KINDS.map(({ name }, k) => `${name} (${volumes[k].toFixed(1)} volumes a prompt)`);
const table = (rows) =>
  [`| method | ${head.join(' | ')} |`, `|---|${head.map(() => '---|').join('')}`]
    .concat([...rows].map(([method, cells]) => `| ${method} | ${cells.join(' | ')} |`))
    .join('\n');
console.log(
  `Units called active at 0.05\n\n${table(rates)}\n\nFamily-wise error (Bonferroni)\n\n${table(families)}`,
);
