import { type Finding, Findings } from './findings.ts';

/**
 * What lies beside a pack and looks like trust. A verifier that picked it up would believe whoever sent the pack; one
 * that ignores it leaves it there for the next, less careful one.
 *
 * @param names of the files in the pack's folder, without their path.
 */
export function folderFindings(names: readonly string[]): readonly Finding[] {
  const findings = new Findings();
  for (const name of names) {
    if (!/^trust\b.*\.json$|\.(pem|crt|cer|der|pub|key)$/i.test(name)) continue;
    findings.add('pack.carries_trust', {
      path: name,
      expected: 'no trust file and no key in the folder of a pack',
      got: name,
    });
  }
  return findings.all;
}
