import { Command, CommanderError, Option } from 'commander';
import { InputError } from './core/errors.js';
import { VERSION } from './files/versions.js';
import { showProgress, silentProgress } from './report/progress.js';
import { calibrate } from './verbs/calibrate.js';
import { collect } from './verbs/collect.js';
import { compare } from './verbs/compare.js';
import { demo } from './verbs/demo.js';
import { exportVerb } from './verbs/export.js';
import { generate } from './verbs/generate.js';
import { glm } from './verbs/glm.js';
import { handoff } from './verbs/handoff.js';
import { importVerb } from './verbs/import.js';
import { inspect } from './verbs/inspect.js';
import { lesion } from './verbs/lesion.js';
import { networks } from './verbs/networks.js';
import { record } from './verbs/record.js';
import { unitsVerb } from './verbs/units.js';
import type { CommonOptions, Verb } from './verbs/verb.js';

const VERBS = [
  demo,
  inspect,
  record,
  exportVerb,
  glm,
  networks,
  calibrate,
  lesion,
  collect,
  compare,
  handoff,
  generate,
  importVerb,
  unitsVerb,
] as readonly unknown[] as readonly Verb[];

/** Exit codes: the input cannot be used as it is; a fault of this program. */
const EXIT = { ok: 0, fault: 1, input: 2 } as const;

/** The streams a command writes to: results on stdout, progress and errors on stderr. */
export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Runs the command line and tells the exit code; throws nothing. */
export async function main(argv: readonly string[], streams: Streams = process): Promise<number> {
  try {
    await program(streams).parseAsync([...argv], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    return explain(error, streams, argv.includes('--json'));
  }
}

function program(streams: Streams): Command {
  const root = new Command('boldbridge')
    .description('A bridge between language models and the tools of functional neuroimaging.')
    .version(VERSION)
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
    })
    .exitOverride();
  for (const verb of VERBS) root.addCommand(commandOf(verb, streams).copyInheritedSettings(root));
  return root;
}

function commandOf(verb: Verb, streams: Streams): Command {
  const command = new Command(verb.name).description(verb.summary);
  for (const [name, description] of verb.args) command.argument(name, description);
  for (const option of verb.options) command.addOption(option);
  return command
    .addOption(new Option('--force', 'replace what stands at the output').default(false))
    .addOption(new Option('--quiet', 'print errors only').default(false))
    .addOption(new Option('--json', 'print the result as JSON, without progress').default(false))
    .addHelpText('after', `\nExample:\n  ${verb.example}`)
    .action(async () => {
      const options = command.opts<CommonOptions>();
      const silent = options.quiet || options.json;
      const result = await verb.run({
        args: command.processedArgs,
        options: options as never,
        progress: silent ? silentProgress : showProgress(streams.stderr),
        command: ['boldbridge', verb.name, ...command.parent!.args.slice(1)].join(' '),
      });
      if (options.json) streams.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
      else if (!options.quiet) streams.stdout.write(verb.show(result));
    });
}

function explain(error: unknown, { stderr }: Streams, json: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.input;
  if (error instanceof InputError) {
    const { code, given, expected, todo } = error;
    stderr.write(
      json
        ? `${JSON.stringify({ error: { code, given, expected, todo } })}\n`
        : `boldbridge: ${error.message} [${code}]\n`,
    );
    return EXIT.input;
  }
  const shown = error instanceof Error ? (error.stack ?? error.message) : String(error);
  stderr.write(`boldbridge: a fault of this program, please report it:\n${shown}\n`);
  return EXIT.fault;
}
