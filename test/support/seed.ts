// Properties draw the same cases at every run, so that a change, not chance, turns a test red. Another seed: TANGLEGATE_SEED=N.
import fc from "fast-check";

fc.configureGlobal({seed: Number(process.env.TANGLEGATE_SEED) || 1});
