/** The sources cannot be built; the message is what the tool said. */
export class BuildError extends Error {
  override readonly name = 'BuildError';
}
