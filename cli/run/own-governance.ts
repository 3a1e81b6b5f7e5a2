import { digestBytes } from '../../core/canon/index.ts';
import type { OwnGovernance } from '../../verifier/index.ts';
import { readEndorsements } from '../endorsed-file.ts';
import { jsonFilesIn, readInput } from '../files.ts';

export interface GovernanceOptions {
  /** A standing, its endorsements beside it. */
  readonly standing?: string;
  /** A folder of freezes. */
  readonly freezes?: string;
}

/**
 * What an executor was given of governance, read anew for each run. A folder that cannot be read stops it: whether it
 * holds a freeze is unknown.
 *
 * @throws CliError `file.unreadable`; CanonError, DocumentError of the endorsements
 */
export function readOwnGovernance({ standing, freezes }: GovernanceOptions): OwnGovernance {
  return {
    ...(standing === undefined ? {} : { standing: readStandingFile(standing) }),
    ...(freezes === undefined ? {} : { freezes: jsonFilesIn(freezes, NO_FREEZES).map(readInput) }),
  };
}

const NO_FREEZES = 'the folder of freezes cannot be read, so nothing is executed';

function readStandingFile(path: string): NonNullable<OwnGovernance['standing']> {
  const document = readInput(path);
  return { document, endorsements: readEndorsements(path, digestBytes(document)).endorsements };
}
