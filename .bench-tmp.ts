import { Effect, ManagedRuntime } from "effect"
const load = async (root: string) => {
  const lib = await import(`${root}/index.ts`)
  return { lib }
}
const [S3c, ECSc, EC2c] = await Promise.all([import("@aws-sdk/client-s3"), import("@aws-sdk/client-ecs"), import("@aws-sdk/client-ec2")])
const prepare = async (root: string) => {
  const { lib } = await load(root)
  const runtime = ManagedRuntime.make(lib.InMemory.layer())
  const run = (e: any) => runtime.runPromise(e)
  await run(lib.S3.send(new S3c.CreateBucketCommand({ Bucket: "bench" })))
  await run(lib.Ecs.send(new ECSc.CreateClusterCommand({ clusterName: "c" })))
  await run(lib.Ecs.send(new ECSc.RegisterTaskDefinitionCommand({ family: "app", networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"], cpu: "256", memory: "512", containerDefinitions: [{ name: "main", image: "nginx:1" }] })))
  const { Vpc } = await run(lib.Ec2.send(new EC2c.CreateVpcCommand({ CidrBlock: "10.0.0.0/16" })))
  const { Subnet } = await run(lib.Ec2.send(new EC2c.CreateSubnetCommand({ VpcId: Vpc.VpcId, CidrBlock: "10.0.0.0/17" })))
  let n = 0
  return {
    put: (count: number) => run(Effect.gen(function*() { for (let i = 0; i < count; i++) yield* lib.S3.send(new S3c.PutObjectCommand({ Bucket: "bench", Key: `k${n++ % 500}`, Body: "four" })) })),
    task: (count: number) => run(Effect.gen(function*() { for (let i = 0; i < count; i++) yield* lib.Ecs.send(new ECSc.RunTaskCommand({ cluster: "c", taskDefinition: "app", launchType: "FARGATE", networkConfiguration: { awsvpcConfiguration: { subnets: [Subnet.SubnetId] } } })) }))
  }
}
const sides = { before: await prepare("/tmp/emita/base"), after: await prepare("/tmp/w/emit-a") }
const what = process.argv[2] as "put" | "task"
const rounds = Number(process.argv[3]), size = Number(process.argv[4])
const times: any = { before: [], after: [] }
for (const s of ["before", "after"] as const) await sides[s][what](300)
for (let r = 0; r < rounds; r++) for (const s of (r % 2 ? ["after", "before"] : ["before", "after"]) as Array<"before" | "after">) {
  const t = process.cpuUsage(); await sides[s][what](size); const u = process.cpuUsage(t); times[s].push((u.user + u.system) / size)
}
for (const s of ["before", "after"]) { const a = times[s].sort((x: number, y: number) => x - y); console.log(what, s, "median", a[a.length >> 1].toFixed(1), "min", a[0].toFixed(1), "µs cpu") }
process.exit(0)
