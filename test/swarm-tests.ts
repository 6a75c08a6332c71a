/** Tests that draw many runs from seeds: `npm run test:swarms`. */
export const swarmTests = [
  "test/swarm/**/*.test.ts",
  "test/matrix/**/*.test.ts",
  "test/hostile/{codecs,nodes}.test.ts",
];
