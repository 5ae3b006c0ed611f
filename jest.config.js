// jest runs the TypeScript as it stands: types are stripped by Node itself (scripts/jest-strip.cjs), nothing is built first.
const base = {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: {"^.+\\.ts$": "<rootDir>/scripts/jest-strip.cjs"},
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/data/"],
};

export default {
  watchman: false,
  projects: [
    {
      ...base,
      displayName: "unit",
      testMatch: ["<rootDir>/test/**/*.test.ts"],
      testPathIgnorePatterns: ["/e2e/", "/long/"],
    },
    {...base, displayName: "e2e", testMatch: ["<rootDir>/test/e2e/**/*.test.ts"]},
    {...base, displayName: "long", testMatch: ["<rootDir>/test/long/**/*.test.ts"]},
  ],
};
