import { EC2Client } from "@aws-sdk/client-ec2"
import type { Ec2Codes } from "../../../errors/codes/Ec2.ts"
import * as Service from "../../../src/internal/service.ts"

const service = Service.ofXml<EC2Client, Ec2Codes>(EC2Client)

// For the modules of this folder.
export const send = Service.sendOf(service)
export const pages = Service.pagesOf(service)
export const items = Service.itemsOf(service)
