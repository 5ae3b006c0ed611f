// Properties draw the same cases at every run, so that a change, not chance, turns a test red. Another seed: TANGLEGATE_SEED=N.
import fc from "fast-check";

fc.configureGlobal({seed: Number(process.env.TANGLEGATE_SEED) || 1});

// Settings in the environment of whoever runs the tests must not reach what the tests start.
for (const name of Object.keys(process.env)) if (name.startsWith("TANGLEGATE_")) delete process.env[name];
