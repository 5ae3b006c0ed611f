/** Oldest major version of Node.js that the gateway runs on. */
export const NODE_MIN = 24;
