// Services of AWS that have VPC endpoints, of those that AWS's page "AWS services that integrate with AWS PrivateLink" and the CDK's
// `InterfaceVpcEndpointAwsService` named in November 2026: the common ones, without those with `-fips` in their name.
import { regionalServices } from "../support/servicesOfRegions.ts"

const gateways = ["dynamodb", "s3", "s3express"]

const interfaces = `
  access-analyzer account acm acm-pca airflow.api airflow.env apigateway appconfig appconfigdata application-autoscaling
  apprunner apprunner.requests appsync-api athena autoscaling autoscaling-plans backup backup-gateway batch bedrock
  bedrock-agent bedrock-agent-runtime bedrock-runtime cassandra cloudcontrolapi cloudformation cloudhsmv2 cloudtrail
  codeartifact.api codeartifact.repositories codebuild codecommit codedeploy codedeploy-commands-secure codepipeline
  cognito-identity cognito-idp comprehend compute-optimizer config databrew dataexchange datasync datazone dms ds dynamodb
  dynamodb-streams ebs ec2 ec2messages ecr.api ecr.dkr ecs ecs-agent ecs-telemetry eks eks-auth elasticache elasticbeanstalk
  elasticbeanstalk-health elasticfilesystem elasticloadbalancing elasticmapreduce email email-smtp emr-containers
  emr-serverless events execute-api fis fsx git-codecommit glue grafana grafana-workspace guardduty guardduty-data
  imagebuilder inspector2 iot.data kafka kendra kinesis-firehose kinesis-streams kms lakeformation lambda license-manager
  logs macie2 memory-db monitoring mq network-firewall pinpoint pipes pipes-data polly ram rds rds-data redshift
  redshift-data redshift-serverless rekognition s3 sagemaker.api sagemaker.runtime secretsmanager securityhub servicecatalog
  servicediscovery sns sqs ssm ssm-contacts ssm-incidents ssmmessages states storagegateway sts sync-states synthetics
  textract transcribe transcribestreaming transfer transfer.server translate workspaces xray
`.trim().split(/\s+/)

/** The services with endpoints in a region: the names at the end of `com.amazonaws.us-east-1.ec2`. */
export const endpointServicesOf = (region: string) => {
  const isHere = (service: string) =>
    regionalServices.find(({ id }) => id === service.split(".")[0])?.isIn(region) ?? true
  return { gateways: gateways.filter(isHere), interfaces: interfaces.filter(isHere) }
}
