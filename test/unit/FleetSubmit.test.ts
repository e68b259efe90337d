// The command line of examples/fleet/submit.ts, which starts a run on a cluster.
import { assert, describe, it } from "@effect/vitest"
import * as Description from "../../examples/fleet/Description.ts"

const problem = (...args: ReadonlyArray<string>): string => {
  const request = Description.requestOf(args)
  return request instanceof Description.Usage
    ? request.message
    : assert.fail(`It's a request: ${JSON.stringify(request)}`)
}

const where = ["--run", "r", "--regions", "us-east-1", "--accounts", "111111111111,222222222222"]
const tearDown = ["--program", "teardown", "--tag", "cluster=capture", ...where]
const mirror = ["--program", "mirror", "--cluster", "capture", ...where]

describe("the command line of submit.ts", () => {
  it("refuses options that would do nothing: somebody believes that they do", () => {
    // A dry run that is joined with --delete deletes nothing.
    assert.match(problem("--attach", "r", "--delete"), /^--attach joins a run as it was started, .* and no --delete\./)
    assert.match(problem("--attach", "r", "--accounts", "111111111111"), /no --accounts\./)
    assert.match(problem("--attach", "r", "--run", "r"), /no --run\./)
    assert.strictEqual(problem(...mirror, "--delete"), "--delete isn't an option of --program mirror.")
    assert.strictEqual(problem(...mirror, "--tag", "a=b"), "--tag isn't an option of --program mirror.")
    assert.strictEqual(problem(...tearDown, "--undo"), "--undo isn't an option of --program teardown.")
    assert.deepInclude(Description.requestOf(["--attach", "r", "--json", "a", "--html", "b"]), { json: "a", html: "b" })
  })

  it("refuses a role that leads all places to one account, and a malformed one", () => {
    for (const role of ["arn:aws:iam::111111111111:role/fleet", "", "a b", "/", "arn:aws:iam::{account}:user/x"]) {
      assert.include(problem(...tearDown, "--role", role), `--role is "${role}"`, role)
    }
    for (const role of ["fleet", "team/fleet", "fleet-{account}", "arn:aws-cn:iam::{account}:role/team/fleet"]) {
      assert.deepInclude(Description.requestOf([...tearDown, "--role", role]), { role })
    }
  })

  it("refuses empty lists and names, with which a run would do nothing and succeed", () => {
    const rest = tearDown.slice(0, -2)
    assert.strictEqual(problem(...rest, "--parents", ","), "--parents OU,OU,… is empty.")
    assert.include(problem(...rest, "--accounts", ","), "Give either --accounts")
    assert.include(problem(...rest, "--organization", "--parents", "ou-1"), "Give one of them")
    assert.include(problem("--program", "mirror", "--cluster", "", ...where), "needs --cluster NAME")
    assert.include(problem(...mirror, "--cluster-account", "12"), "--cluster-account is 12")
  })
})
