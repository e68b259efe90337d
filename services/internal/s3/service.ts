import { S3Client } from "@aws-sdk/client-s3"
import type { S3Codes } from "../../../errors/codes/S3.ts"
import * as AwsService from "../../../src/AwsService.ts"

/** `send`, `pages` and `items` of S3, for the modules of this folder. */
export const s3 = AwsService.make<S3Client, S3Codes>(S3Client)
