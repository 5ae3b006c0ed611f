import {base} from "../../jest.config.js";

export default {...base, testMatch: ["<rootDir>/test/interop/**/*.test.ts"], maxWorkers: 1};
