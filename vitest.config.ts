import { defineConfig } from 'vitest/config'

const shared = {
  globalSetup: ['test/support/postgres-server.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
  env: { LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent' },
}

/** Tests that go through a queue run once on each backend; which of them run is decided in test/run.ts. */
export default defineConfig({
  test: {
    // Two cores: more files at once only make timeouts likelier.
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/pipeline/**', 'test/browser/**'],
        },
      },
      {
        test: {
          ...shared,
          name: 'pipeline-postgres',
          include: ['test/pipeline/**/*.test.ts'],
          env: { ...shared.env, TEST_QUEUE: 'postgres' },
        },
      },
      {
        test: {
          ...shared,
          name: 'pipeline-redis',
          include: ['test/pipeline/**/*.test.ts'],
          // Long waits for shops and providers that are away, and chaos of money: nothing of it hangs on the backend.
          exclude: ['test/pipeline/money.test.ts', 'test/pipeline/kill-refunds.test.ts'],
          globalSetup: ['test/support/postgres-server.ts', 'test/support/redis-server.ts'],
          env: { ...shared.env, TEST_QUEUE: 'redis' },
        },
      },
      {
        test: {
          ...shared,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          exclude: ['test/browser/player*.test.ts'],
          testTimeout: 180_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'player',
          include: ['test/browser/player*.test.ts'],
          testTimeout: 180_000,
          // All its viewers at once: they mostly wait.
          maxConcurrency: 10,
        },
      },
    ],
  },
})
