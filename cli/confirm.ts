import { createInterface } from 'node:readline/promises';

/** Asks on the terminal; true without asking where `yes` was given. Anything but `yes` is no. */
export async function confirmed(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await asking.question(`${question} Type yes to sign: `)).trim() === 'yes';
  } finally {
    asking.close();
  }
}
