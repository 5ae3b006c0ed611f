import {base} from "../../jest.config.js";

export default {...base, testMatch: ["<rootDir>/test/e2e/**/*.test.ts"], maxWorkers: 1};
