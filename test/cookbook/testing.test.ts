// The recipes of this page are tests themselves. Loading one declares its tests, and Vitest refuses a group without any.
import { describe } from "vitest"

const recipes = {
  "Test what happens while AWS throttles": () =>
    import("../../examples/cookbook/testing/test-what-happens-while-aws-throttles.ts"),
  "Test what takes time": () => import("../../examples/cookbook/testing/test-what-takes-time.ts"),
  "Test that all pages are read": () => import("../../examples/cookbook/testing/test-that-all-pages-are-read.ts"),
  "Test two accounts": () => import("../../examples/cookbook/testing/test-two-accounts.ts"),
  "Share prepared state among tests": () =>
    import("../../examples/cookbook/testing/share-prepared-state-among-tests.ts"),
  "Write the policy of a program": () => import("../../examples/cookbook/testing/write-the-policy-of-a-program.ts"),
  "Test what happens when an answer is lost": () =>
    import("../../examples/cookbook/testing/test-what-happens-when-an-answer-is-lost.ts"),
  "Test with a queue of SQS": () => import("../../examples/cookbook/testing/test-with-a-queue-of-sqs.ts")
}

for (const [title, load] of Object.entries(recipes)) {
  describe(title, async () => {
    await load()
  })
}
