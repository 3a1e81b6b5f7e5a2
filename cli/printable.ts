/**
 * Text of others for a terminal: controls, marks that turn the direction of writing, and separators are shown as their
 * code points, so that no rationale or file name moves the cursor or rewrites a line above it.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
