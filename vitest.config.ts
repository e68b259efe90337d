import { defineConfig } from "vitest/config"

export default defineConfig({
  ssr: { resolve: { conditions: ["@effect-aws-sdk/source", "node", "import"] } },
  resolve: { conditions: ["@effect-aws-sdk/source", "node", "import"] },
  test: {
    include: ["test/**/*.test.ts"],
    typecheck: { enabled: false }
  }
})
