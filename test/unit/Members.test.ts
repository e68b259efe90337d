// Members that AWS always sends: what a function returns is what AWS said, and never made up.
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Redacted, Stream } from "effect"
import { Acm, AssumeRole, type AwsClients, Ec2, Ecs, Iam, OpenSearch, S3, Ssm, Sts } from "effect-aws-sdk"
import { type Answer, clientsThatAnswer } from "../support/answering.ts"

type Call = Effect.Effect<unknown, unknown, AwsClients>

const json = (body: object): Answer => ({ headers: { "x-amzn-requestid": "r" }, body: JSON.stringify(body) })

const query = (operation: string, result: string): Answer => ({
  headers: { "x-amzn-requestid": "r" },
  body: `<${operation}Response><${operation}Result>${result}</${operation}Result></${operation}Response>`
})

const ec2 = (operation: string, content: string): Answer => ({
  headers: { "x-amzn-requestid": "r" },
  body: `<${operation}Response><requestId>r</requestId>${content}</${operation}Response>`
})

const parameter = { Name: "/p", Type: "String", Value: "v", Version: 1 }

const deployment = {
  id: "ecs-svc/1",
  status: "PRIMARY",
  taskDefinition: "t",
  desiredCount: 1,
  pendingCount: 0,
  runningCount: 1,
  failedTasks: 0,
  rolloutState: "COMPLETED"
}

const service = { cluster: "c", service: "s" }

const eni = new Ec2.NetworkInterface({ vpcId: "vpc-1", subnetId: "subnet-1", eniId: "eni-1", eniType: "interface" })

const eniXml = {
  networkInterfaceId: "eni-1",
  subnetId: "subnet-1",
  vpcId: "vpc-1",
  interfaceType: "interface"
}

const credentials = {
  AccessKeyId: "ASIA1",
  SecretAccessKey: "secret",
  SessionToken: "token",
  Expiration: "2099-01-01T00:00:00Z"
}

const object = {
  Key: "k",
  Size: "1",
  ETag: "e",
  LastModified: "2026-01-01T00:00:00Z"
}

const xml = (members: Readonly<Record<string, string>>) =>
  Object.entries(members).map(([name, value]) => `<${name}>${value}</${name}>`).join("")

/** An object or its XML without one of its members, for each of them. */
const without = <A extends Readonly<Record<string, unknown>>>(members: A, ...optional: ReadonlyArray<keyof A>) =>
  Object.keys(members).filter((name) => !optional.includes(name)).map((missing) => ({
    missing,
    members: Object.fromEntries(Object.entries(members).filter(([name]) => name !== missing)) as any
  }))

const generated = Acm.SelfSignedCertificate.generate({
  issuer: "i",
  subject: "s",
  subjectAlternativeNames: ["localhost"],
  validity: "1 day"
})

/** Each answer lacks a member that AWS always sends. */
const cases: ReadonlyArray<readonly [name: string, call: Call, answer: Answer]> = [
  [
    "Sts.environment without an account",
    Sts.environment,
    query("GetCallerIdentity", "<Arn>arn:aws:iam::1:user/u</Arn>")
  ],
  ["Sts.environment with an empty account", Sts.environment, query("GetCallerIdentity", "<Account/><Arn>a</Arn>")],
  ["Sts.environment without an ARN", Sts.environment, query("GetCallerIdentity", "<Account>1</Account>")],
  ["Iam.roleExists without a role", Iam.roleExists("r"), query("GetRole", "")],
  ["Iam.deleteRole without a role", Iam.deleteRole("r"), query("GetRole", "")],
  ["Ssm.getParameter of {}", Ssm.getParameter("/p"), json({})],
  ...without(parameter).map(({ members, missing }) =>
    [`Ssm.getParameter without ${missing}`, Ssm.getParameter("/p"), json({ Parameter: members })] as const
  ),
  ["Ssm.listParametersByPath of {}", Stream.runCollect(Ssm.listParametersByPath("/")), json({})],
  ...without(parameter).map(({ members, missing }) =>
    [
      `Ssm.listParametersByPath without ${missing}`,
      Stream.runCollect(Ssm.listParametersByPath("/")),
      json({ Parameters: [parameter, members] })
    ] as const
  ),
  ["Ssm.listParameterNamesByPath of {}", Stream.runCollect(Ssm.listParameterNamesByPath("/")), json({})],
  ["Ssm.putParameter of {}", Ssm.putParameter({ name: "/p", value: "v" }), json({})],
  ["Acm.importCertificate of {}", Effect.flatMap(generated, Acm.importCertificate), json({})],
  ["Acm.uploadDefaultElbCertificate of {}", Acm.uploadDefaultElbCertificate(), json({})],
  ["Ec2.listSubnetsOfVpc without a list", Stream.runCollect(Ec2.listSubnetsOfVpc("vpc-1")), ec2("DescribeSubnets", "")],
  [
    "Ec2.listSubnetsOfVpc without an id",
    Stream.runCollect(Ec2.listSubnetsOfVpc("vpc-1")),
    ec2("DescribeSubnets", "<subnetSet><item><vpcId>vpc-1</vpcId></item></subnetSet>")
  ],
  ["Ec2.getVpcDetails without a list", Ec2.getVpcDetails("vpc-1"), ec2("DescribeVpcs", "")],
  [
    "Ec2.getVpcDetails without an owner",
    Ec2.getVpcDetails("vpc-1"),
    ec2("DescribeVpcs", "<vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>")
  ],
  ["Ec2.getEnisOfInstance without a list", Ec2.getEnisOfInstance("i-1"), ec2("DescribeInstances", "")],
  [
    "Ec2.listEnisOfSubnet without a list",
    Stream.runCollect(Ec2.listEnisOfSubnet("subnet-1")),
    ec2("DescribeNetworkInterfaces", "")
  ],
  ...without(eniXml).flatMap(({ members, missing }) => [
    [
      `Ec2.listEnisOfSubnet without ${missing}`,
      Stream.runCollect(Ec2.listEnisOfSubnet("subnet-1")),
      ec2("DescribeNetworkInterfaces", `<networkInterfaceSet><item>${xml(members)}</item></networkInterfaceSet>`)
    ] as const,
    [
      `Ec2.getEnisOfInstance without ${missing}`,
      Ec2.getEnisOfInstance("i-1"),
      ec2(
        "DescribeInstances",
        `<reservationSet><item><instancesSet><item><networkInterfaceSet><item>${
          xml(members)
        }</item></networkInterfaceSet></item></instancesSet></item></reservationSet>`
      )
    ] as const
  ]),
  [
    "Ec2.mirrorEni without an id",
    Ec2.mirrorEni({ eni, trafficTarget: "tmt-1", trafficFilter: "tmf-1", vpcId: "vpc-1" }),
    ec2("CreateTrafficMirrorSession", "<trafficMirrorSession/>")
  ],
  ["Ec2.availabilityZones without a list", Ec2.availabilityZones, ec2("DescribeAvailabilityZones", "")],
  ["Ecs.isDeploymentInProgress of {}", Ecs.isDeploymentInProgress(service), json({})],
  ["Ecs.getFailedTaskCount of {}", Ecs.getFailedTaskCount(service), json({})],
  ["Ecs.waitForDeployment of {}", Ecs.waitForDeployment(service), json({})],
  ["Ecs.forceDeployment of {}", Ecs.forceDeployment(service), json({})],
  ...without(deployment, "rolloutState").map(({ members, missing }) =>
    [
      `Ecs.forceDeployment without ${missing}`,
      Ecs.forceDeployment(service),
      json({ service: { deployments: [members] } })
    ] as const
  ),
  ["OpenSearch.destroyDomain of {}", OpenSearch.destroyDomain("logs"), json({})],
  ["OpenSearch.watchDomain of {}", Stream.runHead(OpenSearch.watchDomain("logs")), json({})],
  ["OpenSearch.watchDomain without a name", Stream.runHead(OpenSearch.watchDomain("logs")), json({ DomainStatus: {} })],
  ...without(object).map(({ members, missing }) =>
    [
      `S3.listObjects without ${missing}`,
      Stream.runCollect(S3.listObjects("b")),
      { body: `<ListBucketResult><Contents>${xml(members)}</Contents></ListBucketResult>` }
    ] as const
  ),
  ["AssumeRole.layer without credentials", assume(), query("AssumeRole", "")],
  ...without(credentials).map(({ members, missing }) =>
    [
      `AssumeRole.layer without ${missing}`,
      assume(),
      query("AssumeRole", `<Credentials>${xml(members)}</Credentials>`)
    ] as const
  )
]

function assume(): Call {
  return Layer.build(AssumeRole.layer({ roleArn: "arn:aws:iam::111111111111:role/r", sessionName: "me" })).pipe(
    Effect.mapError(({ cause }) => cause),
    Effect.scoped
  )
}

describe("a response without a member that AWS always sends", () => {
  for (const [name, call, answer] of cases) {
    it.effect(`fails with Unreadable: ${name}`, () =>
      Effect.gen(function*() {
        const error: any = yield* Effect.flip(call)
        assert.strictEqual(error._tag, "AwsError")
        assert.deepEqual([error.reason._tag, error.code, error.isRetryable], ["Unreadable", "MemberMissing", false])
        assert.match(error.message, /the response has no `\w+`, which AWS always sends/)
        assert.strictEqual(error.region, "eu-central-1")
      }).pipe(Effect.provide(clientsThatAnswer(() => answer))))
  }

  it.effect("fails with Unreadable when a value isn't one that AWS sends, and doesn't quote it", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Ssm.getParameter("/p"))
      assert.isTrue(Exit.isFailure(exit))
      const text = Exit.isFailure(exit) ? Cause.pretty(exit.cause) : ""
      assert.include(text, "MemberInvalid")
      assert.notInclude(text, "planted-secret")
    }).pipe(Effect.provide(clientsThatAnswer(() => json({ Parameter: { ...parameter, Type: "planted-secret" } })))))

  it.effect("is a success when all are there", () =>
    Effect.gen(function*() {
      const { value } = yield* Ssm.getParameter("/p")
      assert.isFalse(Redacted.isRedacted(value))
      assert.strictEqual(value, "v")
    }).pipe(Effect.provide(clientsThatAnswer(() => json({ Parameter: parameter })))))
})
