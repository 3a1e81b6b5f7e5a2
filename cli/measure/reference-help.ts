/** The same option in every command that measures. */
export const REFERENCE_HELP = 'which image is meant, where an OCI layout names several';
