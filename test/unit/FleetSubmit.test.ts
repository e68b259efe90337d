// The command line of examples/fleet/submit.ts, which starts a run on a cluster.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { parseRequest } from "../../examples/fleet/Arguments.ts"

const requestOf = (args: ReadonlyArray<string>) => Effect.runSync(parseRequest(args))
const problem = (...args: ReadonlyArray<string>): string => Effect.runSync(Effect.flip(parseRequest(args))).message

const where = ["--run", "r", "--regions", "us-east-1", "--accounts", "111111111111,222222222222"]
const tearDown = ["--program", "teardown", "--tag", "cluster=capture", ...where]
const mirror = ["--program", "mirror", "--cluster", "capture", ...where]

describe("the command line of submit.ts", () => {
  it("refuses options that would do nothing: somebody believes that they do", () => {
    // A dry run that is joined with --delete deletes nothing.
    assert.match(problem("--attach", "r", "--delete"), /^--attach joins a run as it was started, .* and no --delete\./)
    assert.match(problem("--attach", "r", "--accounts", "111111111111"), /no --accounts\./)
    assert.match(problem("--attach", "r", "--run", "r"), /no --run\./)
    assert.match(problem("--attach", "r", "--program", "mirror"), /no --program\./)
    assert.include(problem(...mirror, "--delete"), "--delete isn't an option of mirror.")
    assert.include(problem(...mirror, "--tag", "a=b"), "--tag isn't an option of mirror.")
    assert.include(problem(...tearDown, "--undo"), "--undo isn't an option of teardown.")
    assert.deepInclude(requestOf(["--attach", "r", "--json", "a", "--html", "b"]), { json: "a", html: "b" })
  })

  it("refuses a role that leads all places to one account, and a malformed one", () => {
    for (const role of ["arn:aws:iam::111111111111:role/fleet", "", "a b", "/", "arn:aws:iam::{account}:user/x"]) {
      assert.include(problem(...tearDown, "--role", role), `--role is "${role}"`, role)
    }
    for (const role of ["fleet", "team/fleet", "fleet-{account}", "arn:aws-cn:iam::{account}:role/team/fleet"]) {
      const request = requestOf([...tearDown, "--role", role])
      assert.strictEqual("of" in request && "role" in request.of ? request.of.role : undefined, role)
    }
  })

  it("refuses empty lists and names, with which a run would do nothing and succeed", () => {
    const rest = tearDown.slice(0, -2)
    assert.include(problem(...rest, "--unit", ","), "--unit has no organizational units.")
    assert.include(problem(...rest, "--accounts", ","), "--accounts has no accounts.")
    assert.include(problem(...rest, "--organization", "--unit", "ou-1"), "Give one of")
    assert.include(problem("--program", "mirror", "--cluster", "", ...where), "--cluster is required.")
    assert.include(problem(...mirror, "--cluster-account", "12"), "and 12 hasn't")
  })
})
