// Keeps one server alive exactly as long as the process that asked for it.
//
//   node watchdog.mjs BINARY ARGS...        stdin: lifeline, fd 3: reports, stdout and stderr: the log
//
// The parent holds the other end of stdin. The kernel closes it however the parent dies, kill -9
// included, and then the server is stopped: no process is left behind. Runs in a session of its own,
// so that a terminal's Ctrl-C reaches the parent only, which stops things in order.
// Plain JavaScript, `node:` only: it must start with whatever Node the parent runs.
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';

const GRACE_MS = 5_000;
const REPORT_FD = 3;

const [binary = '', ...args] = process.argv.slice(2);
const server = spawn(binary, args, { stdio: ['ignore', 'inherit', 'inherit'] });

let stopping = false;

server.once('spawn', () => report({ pid: server.pid }));
server.once('error', (error) => {
  report({ error: error.message });
  process.exit(1);
});
server.once('exit', (code, signal) => {
  report({ code, signal });
  process.exit(0);
});

process.stdin.once('end', stop).once('error', stop).resume();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, stop);

function stop() {
  if (stopping) return;
  stopping = true;
  server.kill('SIGTERM');
  setTimeout(() => server.kill('SIGKILL'), GRACE_MS);
}

/** @param {object} line */
function report(line) {
  try {
    writeSync(REPORT_FD, `${JSON.stringify(line)}\n`);
  } catch {
    // The parent is gone and cannot read it; stopping the server is all that is left to do.
  }
}
