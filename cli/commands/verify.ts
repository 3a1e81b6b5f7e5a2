import { verifyCommandWith } from '../verify/definition.ts';

/** The verifier is loaded when it is asked for; describing the command loads none of it. */
export function verifyCommand() {
  return verifyCommandWith(async (...given) => {
    const { verifyPack } = await import('../verify/verify-pack.ts');
    return verifyPack(...given);
  });
}
