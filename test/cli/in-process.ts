// The command line without a process of its own: the same program as the executable's, with streams that a test reads.
import { Writable } from 'node:stream';
import { runCommandLine } from '#cli/program.js';

export interface Heard {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function listener() {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

/**
 * Runs one command line.
 * @param cwd the folder that it is run in; one command at a time, since a process has one current folder
 */
export async function commandLine(args: readonly string[], cwd = '.'): Promise<Heard> {
  const [stdout, stderr] = [listener(), listener()];
  const before = process.cwd();
  process.chdir(cwd);
  try {
    const status = await runCommandLine(args, { stdout: stdout.stream, stderr: stderr.stream, env: {} });
    return { status, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.chdir(before);
  }
}
