import * as z from 'zod';

// Schemas are interpreted, not compiled with `new Function`: a program that verifies once and ends would pay for code
// that it hardly uses, and one that reads hostile input had better generate none. Comes before every schema.
z.config({ jitless: true });
