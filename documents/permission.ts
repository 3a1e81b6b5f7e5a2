import * as z from 'zod';

/** A right that something has when it runs; how it is spelt is for whoever grants it. */
export const permission = z.string().regex(/^[\x21-\x7e]{1,256}$/, { error: 'expected 1 to 256 printable characters' });
