import { defineConfig } from "vitest/config"

export default defineConfig({
  ssr: { resolve: { conditions: ["@effect-aws-sdk/source", "node", "import"] } },
  resolve: { conditions: ["@effect-aws-sdk/source", "node", "import"] },
  test: {
    include: ["test/**/*.test.ts", "examples/template/test/**/*.test.ts"],
    typecheck: { enabled: false },
    // By default, one core stays idle: of two, that is half the machine.
    maxWorkers: "100%",
    // For a machine that is busy with other work: no test waits for real time.
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
