import { S3Client } from "@aws-sdk/client-s3"
import type { S3Codes } from "../../../errors/codes/S3.ts"
import * as Service from "../../../src/internal/service.ts"

const service = Service.ofXml<S3Client, S3Codes>(S3Client)

// For the modules of this folder.
export const send = Service.sendOf(service)
export const pages = Service.pagesOf(service)
export const items = Service.itemsOf(service)
