// The processes of a gateway, as pm2-runtime starts them. Which ones run, and where, `tanglegate start` decides and passes in the
// environment; settings are read by each process itself.
"use strict";
const path = require("node:path");

const home = path.resolve(process.env.TANGLEGATE_HOME || "data");
const only = (process.env.TANGLEGATE_PROCESSES || "gateway,field,node-red,plant").split(",");

// Heap limits, MB: a Pi has 1 to 8 GB for all of it. The young generation is kept small; its default costs tens of MB a process.
const processes = {
  gateway: {script: "gateway/main.js", oldSpaceMb: 160},
  field: {script: "field/main.js", oldSpaceMb: 160},
  "node-red": {script: "editor/main.js", oldSpaceMb: 160},
  plant: {script: "plant/main.js", oldSpaceMb: 160},
};

module.exports = {
  apps: Object.entries(processes)
    .filter(([name]) => only.includes(name))
    .map(([name, {script, oldSpaceMb}]) => ({
      name,
      script: path.join(__dirname, "dist", "src", script),
      cwd: process.cwd(),
      interpreter: process.env.TANGLEGATE_NODE || process.execPath,
      node_args: ["--max-semi-space-size=2", `--max-old-space-size=${oldSpaceMb}`],
      exec_mode: "fork",
      autorestart: true,
      // Five starts that do not live for ten seconds are a fault that another start will not cure.
      min_uptime: 10_000,
      max_restarts: 5,
      restart_delay: 500,
      // Asks for all processes to be started anew (START_ANEW in src/run-process.ts), which `tanglegate start` does.
      stop_exit_codes: [75],
      kill_timeout: 8000,
      out_file: path.join(home, "logs", `${name}.log`),
      error_file: path.join(home, "logs", `${name}.log`),
      merge_logs: true,
      // Two arenas for all threads of a process: glibc's eight a core cost the gateway 30 MB.
      env: {UV_THREADPOOL_SIZE: "8", MALLOC_ARENA_MAX: "2"},
    })),
};
