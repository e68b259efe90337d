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

const architectures = ["x86_64", "arm64"] as const

// More images by the documentation of their makers: the names of their parameters, and names and owners of the images, in October 2024.
const catalogue: ReadonlyArray<PublicImage> = [
  ...architectures.flatMap((architecture): ReadonlyArray<PublicImage> => [
    {
      name: `al2023-ami-minimal-2023.6.20241010.0-kernel-6.1-${architecture}`,
      owner: "137112412989",
      description: `Amazon Linux 2023 AMI 2023.6.20241010.0 ${architecture} Minimal HVM kernel-6.1`,
      created: "2024-10-09T19:22:16.000Z",
      root: ["/dev/xvda", 2, "gp3"],
      imds: "v2.0",
      alias: "amazon",
      parameters: ["6.1", "default"].map((kernel) =>
        `ami-amazon-linux-latest/al2023-ami-minimal-kernel-${kernel}-${architecture}`
      ),
      ...(architecture === "arm64" && { architecture })
    },
    {
      name: `amzn2-ami-kernel-5.10-hvm-2.0.20241001.0-${architecture}-gp2`,
      owner: "137112412989",
      description: `Amazon Linux 2 Kernel 5.10 AMI 2.0.20241001.0 ${architecture} HVM gp2`,
      created: "2024-10-02T01:41:54.000Z",
      root: ["/dev/xvda", 8, "gp2"],
      alias: "amazon",
      parameters: [`ami-amazon-linux-latest/amzn2-ami-kernel-5.10-hvm-${architecture}-gp2`],
      ...(architecture === "arm64" && { architecture })
    },
    {
      name: `bottlerocket-aws-k8s-1.31-${architecture === "arm64" ? "aarch64" : architecture}-v1.24.1-1a4ea9f5`,
      owner: "092701018921",
      description: `bottlerocket-aws-k8s-1.31-${architecture === "arm64" ? "aarch64" : architecture}-v1.24.1-1a4ea9f5`,
      created: "2024-10-11T20:16:24.000Z",
      root: ["/dev/xvda", 2, "gp2"],
      alias: "amazon",
      parameters: [`bottlerocket/aws-k8s-1.31/${architecture}/latest/image_id`],
      ...(architecture === "arm64" && { architecture })
    },
    {
      name: `bottlerocket-aws-ecs-2-${architecture === "arm64" ? "aarch64" : architecture}-v1.24.1-1a4ea9f5`,
      owner: "092701018921",
      description: `bottlerocket-aws-ecs-2-${architecture === "arm64" ? "aarch64" : architecture}-v1.24.1-1a4ea9f5`,
      created: "2024-10-11T20:16:24.000Z",
      root: ["/dev/xvda", 2, "gp2"],
      alias: "amazon",
      parameters: [`bottlerocket/aws-ecs-2/${architecture}/latest/image_id`],
      ...(architecture === "arm64" && { architecture })
    },
    ...["1.29", "1.30", "1.31"].map((version): PublicImage => ({
      name: `amazon-eks-node-al2023-${architecture}-standard-${version}-v20241011`,
      owner: "602401143452",
      description: `EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: ${version})`,
      created: "2024-10-12T00:39:26.000Z",
      root: ["/dev/xvda", 20, "gp3"],
      imds: "v2.0",
      alias: "amazon",
      parameters: [`eks/optimized-ami/${version}/amazon-linux-2023/${architecture}/standard/recommended/image_id`],
      ...(architecture === "arm64" && { architecture })
    }))
  ]),
  {
    name: "al2023-ami-ecs-hvm-2023.0.20241010-kernel-6.1-arm64",
    owner: "591542846629",
    description: "Amazon Linux AMI 2023.0.20241010 arm64 ECS HVM EBS",
    created: "2024-10-11T02:06:11.000Z",
    architecture: "arm64",
    root: ["/dev/xvda", 30, "gp3"],
    imds: "v2.0",
    alias: "amazon",
    parameters: ["ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"]
  },
  {
    name: "amzn2-ami-ecs-hvm-2.0.20241010-x86_64-ebs",
    owner: "591542846629",
    description: "Amazon Linux AMI 2.0.20241010 x86_64 ECS HVM GP2",
    created: "2024-10-11T02:06:11.000Z",
    root: ["/dev/xvda", 30, "gp2"],
    alias: "amazon",
    parameters: ["ecs/optimized-ami/amazon-linux-2/recommended/image_id"]
  },
  {
    name: "amzn2-ami-ecs-hvm-2.0.20241010-arm64-ebs",
    owner: "591542846629",
    description: "Amazon Linux AMI 2.0.20241010 arm64 ECS HVM GP2",
    created: "2024-10-11T02:06:11.000Z",
    architecture: "arm64",
    root: ["/dev/xvda", 30, "gp2"],
    alias: "amazon",
    parameters: ["ecs/optimized-ami/amazon-linux-2/arm64/recommended/image_id"]
  },
  ...(["2016", "2019"] as const).map((year): PublicImage => ({
    name: `Windows_Server-${year}-English-Full-Base-2024.10.09`,
    owner: "801119661308",
    description: `Microsoft Windows Server ${year} with Desktop Experience Locale English AMI provided by Amazon`,
    created: "2024-10-09T15:10:43.000Z",
    isWindows: true,
    root: ["/dev/sda1", 30, "gp2"],
    alias: "amazon",
    parameters: [`ami-windows-latest/Windows_Server-${year}-English-Full-Base`]
  })),
  ...([
    ["jammy", "22.04", "gp2"],
    ["focal", "20.04", "gp2"],
    ["noble", "24.04", "gp3"]
  ] as const).flatMap(([codename, version, type]) =>
    (["amd64", "arm64"] as const).filter((one) => version !== "24.04" || one === "arm64").map((one): PublicImage => ({
      name: `ubuntu/images/hvm-ssd${type === "gp3" ? "-gp3" : ""}/ubuntu-${codename}-${version}-${one}-server-20241004`,
      owner: "099720109477",
      description: `Canonical, Ubuntu, ${version}, ${one} ${codename} image`,
      created: "2024-10-04T06:27:34.000Z",
      root: ["/dev/sda1", 8, type],
      parameters: [`canonical/ubuntu/server/${version}/stable/current/${one}/hvm/ebs-${type}/ami-id`],
      ...(one === "arm64" && { architecture: "arm64" as const })
    }))
  )
]

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
  ...catalogue,
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

const known = new Map<string, string>()

/** An id of a public image, or of its snapshot. Each launch looks at all images: the ids are made once. */
export const publicId = (prefix: string, region: string, name: string): string => {
  const key = `${prefix} ${region} ${name}`
  const id = known.get(key) ?? idOf(prefix, region, name)
  known.set(key, id)
  return id
}

export const imageId = (region: string, { id, name }: PublicImage) => id ?? publicId("ami-", region, name)

// Each id is a hash, and each lookup would make all of them.
const byRegion = new Map<string, ReadonlyMap<string, string>>()

/** The public parameters of Systems Manager that name an image of the region, with the image's id. */
export const publicParameters = (region: string): ReadonlyMap<string, string> => {
  const before = byRegion.get(region)
  if (before !== undefined) return before
  const made = new Map(
    publicImages.flatMap((image) =>
      image.parameters.map((name) => [`/aws/service/${name}`, imageId(region, image)] as const)
    )
  )
  byRegion.set(region, made)
  return made
}
