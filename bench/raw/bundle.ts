import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm"
import { config } from "../worker.ts"

const s3 = new S3Client({ ...config, forcePathStyle: true })
const ssm = new SSMClient(config)

const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: "bucket", Key: "logs/today.log" }))
const { Parameter } = await ssm.send(new GetParameterCommand({ Name: "/bench/setting-0" }))
console.log(ContentLength, Parameter?.Value)
