import { SetupError } from './setup-error.mjs';

export const NODE_AT_LEAST = '20.3.0';
export const PYTHON_AT_LEAST = '3.11.0';

/**
 * Compares release numbers part by part; `v20.3.0`, `20.3` and `Python 3.12.1` are all understood.
 * @param {string} version
 * @param {string} minimum
 */
export function isAtLeast(version, minimum) {
  const found = parts(version);
  const wanted = parts(minimum);
  for (const [index, part] of wanted.entries()) {
    const other = found[index] ?? 0;
    if (other !== part) return other > part;
  }
  return found.length > 0;
}

/** @param {string} version */
export function checkNode(version) {
  if (isAtLeast(version, NODE_AT_LEAST)) return;
  throw new SetupError(`Countersign needs Node ${NODE_AT_LEAST} or newer to set itself up; this is ${version}.`);
}

/**
 * The first command that is a new enough Python.
 * @param {readonly string[]} commands
 * @param {(command: string) => string | undefined} versionOf what `command --version` printed, if it ran
 */
export function choosePython(commands, versionOf) {
  /** @type {string[]} */
  const seen = [];
  for (const command of commands) {
    const version = versionOf(command);
    if (version === undefined) continue;
    if (isAtLeast(version, PYTHON_AT_LEAST)) return command;
    seen.push(`${command} is ${version}`);
  }
  const found = seen.length === 0 ? 'none was found on PATH' : seen.join(', ');
  throw new SetupError(
    `Countersign needs Python ${PYTHON_AT_LEAST} or newer with venv, for the servers it runs; ${found}.`,
  );
}

/** @param {string} version */
function parts(version) {
  const numbers = /\d+(?:\.\d+)*/.exec(version)?.[0];
  return numbers === undefined ? [] : numbers.split('.').map(Number);
}
