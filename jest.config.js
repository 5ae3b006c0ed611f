// jest runs the TypeScript as it stands: types are stripped by Node itself (scripts/jest-strip.cjs), nothing is built first.
// The lanes test/e2e and test/long have configurations of their own.
export const base = {
  rootDir: import.meta.dirname,
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: {"^.+\\.ts$": "<rootDir>/scripts/jest-strip.cjs"},
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/data/"],
  watchman: false,
  setupFiles: ["<rootDir>/test/support/seed.ts"],
};

export default {
  ...base,
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  testPathIgnorePatterns: ["/test/e2e/", "/test/interop/", "/test/long/"],
};
