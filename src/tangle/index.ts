export * from "./pure.ts";
