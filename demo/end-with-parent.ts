/**
 * Loaded into the worker before its own code: ends it with the demo, however the demo ends. A kill -9 runs no cleanup,
 * and a worker without servers would retry for ever.
 */
process.once('disconnect', () => process.exit(1));
// A listener would keep a worker alive that has stopped; what it polls keeps it alive long enough.
process.channel?.unref();
