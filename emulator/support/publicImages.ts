// A few well-known public images, which EC2 describes and whose ids Parameter Store publishes. Most ids are made of their names, so
// that they are always the same in a region.
import { createHash } from "node:crypto"

export interface PublicImage {
  readonly name: string
  /** The id that the image has in each region, if tests rely on it. */
  readonly id?: string
  readonly owner: string
  readonly description: string
  readonly created: string
  readonly architecture?: "arm64"
  readonly isWindows?: true
  /** The root volume: its device, its size in GiB, and its type. */
  readonly root: readonly [device: string, size: number, type: "gp2" | "gp3"]
  /** Whether instances accept version 2 of the metadata service only. */
  readonly imds?: "v2.0"
  readonly alias?: "amazon"
  /** The public parameters of Systems Manager that name it, without `/aws/service/`. */
  readonly parameters: ReadonlyArray<string>
}

export const publicImages: ReadonlyArray<PublicImage> = [
  ...(["x86_64", "arm64"] as const).flatMap((architecture): ReadonlyArray<PublicImage> => [
    {
      name: `al2023-ami-2023.6.20241010.0-kernel-6.1-${architecture}`,
      owner: "137112412989",
      description: `Amazon Linux 2023 AMI 2023.6.20241010.0 ${architecture} HVM kernel-6.1`,
      created: "2024-10-09T19:22:16.000Z",
      root: ["/dev/xvda", 8, "gp3"],
      imds: "v2.0",
      alias: "amazon",
      parameters: ["6.1", "default"].map((kernel) =>
        `ami-amazon-linux-latest/al2023-ami-kernel-${kernel}-${architecture}`
      ),
      ...(architecture === "arm64" && { architecture })
    },
    {
      name: `amzn2-ami-hvm-2.0.20241001.0-${architecture}-gp2`,
      owner: "137112412989",
      description: `Amazon Linux 2 AMI 2.0.20241001.0 ${architecture} HVM gp2`,
      created: "2024-10-02T01:41:54.000Z",
      root: ["/dev/xvda", 8, "gp2"],
      alias: "amazon",
      parameters: [`ami-amazon-linux-latest/amzn2-ami-hvm-${architecture}-gp2`],
      ...(architecture === "arm64" && { architecture })
    }
  ]),
  {
    name: "al2023-ami-ecs-hvm-2023.0.20241010-kernel-6.1-x86_64",
    owner: "591542846629",
    description: "Amazon Linux AMI 2023.0.20241010 x86_64 ECS HVM EBS",
    created: "2024-10-11T02:06:11.000Z",
    root: ["/dev/xvda", 30, "gp3"],
    imds: "v2.0",
    alias: "amazon",
    parameters: ["ecs/optimized-ami/amazon-linux-2023/recommended/image_id"]
  },
  {
    name: "Windows_Server-2022-English-Full-Base-2024.10.09",
    owner: "801119661308",
    description: "Microsoft Windows Server 2022 Full Locale English AMI provided by Amazon",
    created: "2024-10-09T15:10:43.000Z",
    isWindows: true,
    root: ["/dev/sda1", 30, "gp2"],
    alias: "amazon",
    parameters: ["ami-windows-latest/Windows_Server-2022-English-Full-Base"]
  },
  {
    name: "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20241004",
    owner: "099720109477",
    description: "Canonical, Ubuntu, 24.04, amd64 noble image",
    created: "2024-10-04T06:27:34.000Z",
    root: ["/dev/sda1", 8, "gp3"],
    imds: "v2.0",
    parameters: ["canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"]
  },
  // Old images that tests written for moto launch.
  ...([
    ["ami-12c6146b", "2008-R2_SP1-English-64Bit-Base", "2008 R2 SP1 Datacenter 64-bit Locale English Base AMI"],
    ["ami-03cf127a", "2016-English-Nano-Base", "2016 Nano Locale English AMI"],
    [
      "ami-f4cf1d8d",
      "2012-R2_RTM-English-64Bit-SQL_2016_SP1_Standard",
      "2012 R2 RTM 64-bit Locale English with SQL Standard 2016 AMI"
    ]
  ] as const).map(([id, name, description]): PublicImage => ({
    id,
    name: `Windows_Server-${name}-2017.10.13`,
    owner: "801119661308",
    description: `Microsoft Windows Server ${description} provided by Amazon`,
    created: "2017-10-13T00:00:00.000Z",
    isWindows: true,
    root: ["/dev/sda1", 30, "gp2"],
    alias: "amazon",
    parameters: []
  }))
]

/** An id that is made of these parts. */
export const idOf = (prefix: string, ...parts: ReadonlyArray<string>) =>
  prefix + createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 17)

export const imageId = (region: string, { id, name }: PublicImage) => id ?? idOf("ami-", region, name)

/** The public parameters of Systems Manager that name an image of the region, with the image's id. */
export const publicParameters = (region: string): ReadonlyMap<string, string> =>
  new Map(
    publicImages.flatMap((image) =>
      image.parameters.map((name) => [`/aws/service/${name}`, imageId(region, image)] as const)
    )
  )
