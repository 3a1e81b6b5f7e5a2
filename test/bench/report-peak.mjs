// Prints the process's peak resident memory, in KiB, when it ends.
process.once('exit', () => process.stderr.write(`peak ${process.resourceUsage().maxRSS}\n`));
