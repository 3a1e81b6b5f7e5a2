import { Command } from 'commander';
import { abstainCommand } from './commands/abstain.ts';
import { abortCommand } from './commands/abort.ts';
import { affectedCommand } from './commands/affected.ts';
import { approveCommand } from './commands/approve.ts';
import { archiveCommand } from './commands/archive.ts';
import { backoutCommand } from './commands/backout.ts';
import { backupCommand } from './commands/backup.ts';
import { breakGlassCommand } from './commands/break-glass.ts';
import { briefCommand } from './commands/brief.ts';
import { cancelCommand } from './commands/cancel.ts';
import { conditionCommand } from './commands/condition.ts';
import { delegateCommand } from './commands/delegate.ts';
import { digestCommand } from './commands/digest.ts';
import { doctorCommand } from './commands/doctor.ts';
import { driftCommand } from './commands/drift.ts';
import { evidenceCommand } from './commands/evidence.ts';
import { explainCommand } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { extendCommand } from './commands/extend.ts';
import { freezeCommand } from './commands/freeze.ts';
import { handOverCommand } from './commands/hand-over.ts';
import { incidentCommand } from './commands/incident.ts';
import { initCommand } from './commands/init.ts';
import { keygenCommand } from './commands/keygen.ts';
import { nudgeCommand } from './commands/nudge.ts';
import { openCommand } from './commands/open.ts';
import { policyCommand } from './commands/policy.ts';
import { reassignCommand } from './commands/reassign.ts';
import { recoverCommand } from './commands/recover.ts';
import { reevaluateCommand } from './commands/reevaluate.ts';
import { rejectCommand } from './commands/reject.ts';
import { releasesCommand } from './commands/releases.ts';
import { restoreCommand } from './commands/restore.ts';
import { restrictionCommand } from './commands/restriction.ts';
import { reviewCommand } from './commands/review.ts';
import { reviewsCommand } from './commands/reviews.ts';
import { revokeCommand } from './commands/revoke.ts';
import { rosterCommand } from './commands/roster.ts';
import { runCommand } from './commands/run.ts';
import { standingCommand } from './commands/standing.ts';
import { statusCommand } from './commands/status.ts';
import { stuckCommand } from './commands/stuck.ts';
import { trustCommand } from './commands/trust.ts';
import { verifyCommand } from './commands/verify.ts';
import { whyCommand } from './commands/why.ts';
import { waiveCommand } from './commands/waive.ts';
import { witnessCommand } from './commands/witness.ts';
import { settle } from './settle.ts';
import { VERSION } from './version.ts';

/**
 * All commands. Their files import no more than it takes to describe them; what does the work is loaded when it is
 * asked for, so that `verify` never loads Temporal, and `--help` loads nothing.
 */
export function program(json: boolean): Command {
  const built = new Command('countersign')
    .description('Promotion decisions that a stranger can verify.')
    .version(VERSION)
    .enablePositionalOptions();
  const commands = [
    openCommand(),
    waiveCommand(),
    briefCommand(),
    approveCommand(),
    rejectCommand(),
    abstainCommand(),
    conditionCommand(),
    delegateCommand(),
    breakGlassCommand(),
    revokeCommand(),
    reviewCommand(),
    reviewsCommand(),
    cancelCommand(),
    reevaluateCommand(),
    nudgeCommand(),
    extendCommand(),
    reassignCommand(),
    handOverCommand(),
    statusCommand(),
    whyCommand(),
    stuckCommand(),
    runCommand(),
    ...backoutCommand(),
    exportCommand(),
    verifyCommand(),
    driftCommand(),
    affectedCommand(),
    abortCommand(),
    releasesCommand(),
    initCommand(),
    keygenCommand(),
    evidenceCommand(),
    rosterCommand(),
    policyCommand(),
    standingCommand(),
    freezeCommand(),
    restrictionCommand(),
    incidentCommand(),
    witnessCommand(),
    trustCommand(),
    digestCommand(),
    doctorCommand(),
    explainCommand(),
    recoverCommand(),
    backupCommand(),
    restoreCommand(),
    archiveCommand(),
  ];
  for (const each of commands) built.addCommand(each);
  built.addHelpText('after', HELP);
  return settle(built, json);
}

const HELP = `
Exit codes: 0 holds or accepted, 1 does not hold or refused, 2 could not read or wrong use,
            3 a server is unreachable, 4 timed out waiting.

Examples:
  # set up a small team, with keys, trust file, roster and policy
  countersign init team
  # verify an audit pack, offline
  countersign verify pack/ --trust trust.json`;
