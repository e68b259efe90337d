import { DescribeImagesCommand, type Image } from "@aws-sdk/client-ec2"
import { Array, Effect, Order, Stream } from "effect"
import { Ec2, Ssm } from "effect-aws-sdk"

// Amazon's own: AWS keeps the id of the latest one in a public parameter.
export const amazonLinux = Ssm.getParameter(
  "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
).pipe(Effect.map(({ value }) => value))

const byDate = Order.mapInput(Order.String, ({ CreationDate = "" }: Image) => CreationDate)

// Your own: AWS lists them in no order.
export const latest = (name: string) =>
  Ec2.items(
    new DescribeImagesCommand({
      Owners: ["self"],
      Filters: [{ Name: "name", Values: [name] }, { Name: "state", Values: ["available"] }]
    }),
    ({ Images }) => Images
  ).pipe(Stream.runCollect, Effect.map((images) => Array.sort(images, byDate).at(-1)?.ImageId))
